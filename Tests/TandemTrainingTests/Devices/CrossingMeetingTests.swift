import Foundation
import Synchronization
import TandemCollectives
import TandemExecution
import TandemTensor
import TandemTraining
import Testing

/// Devices that meet again and again, with a segment for everybody and one for each of the others.
@Suite struct CrossingMeetingTests {
  private static let crossings = 40
  /// Elements of a segment: not whole cache lines.
  private static let elements = 20
  private static let stride = 128

  /// A device's segments: for all others, then for each other one.
  private static func segments(devices: Int) -> [CrossingSegment] {
    (0..<devices).flatMap { giver in
      let others = (0..<devices).filter { $0 != giver }
      return ([others] + others.map { [$0] }).enumerated().map { place, takers in
        let start = (giver * devices + place) * stride
        return CrossingSegment(giver: giver, takers: takers, bytes: start..<start + 4 * elements)
      }
    }
  }

  /// Several groups exchange on the same channel.
  @Test(arguments: [(groups: 1, ranks: 2, workers: 2), (1, 3, 1), (2, 2, 2)])
  func bringsEachDeviceWhatItReads(groups: Int, ranks: Int, workers: Int) throws {
    let segments = Self.segments(devices: ranks * workers)
    try ThreadRanks(size: groups * ranks).run { rank, communicator in
      let group = rank / ranks
      let members = (0..<groups * ranks).map {
        $0 / ranks == group ? $0 % ranks * workers..<($0 % ranks + 1) * workers : 0..<0
      }
      let memory = try MemoryArena(
        byteCount: segments.count * Self.stride, purpose: "test of crossings")
      let meeting = CrossingMeeting(rank: rank, members: members, memory: memory.base)
      let finished = Atomic<Int>(0)
      try Team(workers: workers).run { worker in
        let member = members[rank].lowerBound + worker.index
        for crossing in 0..<Self.crossings {
          func value(_ segment: Int, _ element: Int) -> Float {
            Float(10_000 * crossing + 5000 * group + 20 * segment + element)
          }
          func floats(_ segment: CrossingSegment) -> UnsafeMutablePointer<Float> {
            memory.floats(at: segment.bytes.lowerBound / MemoryLayout<Float>.size)
          }
          for (number, segment) in segments.enumerated() where segment.giver == member {
            for element in 0..<Self.elements { floats(segment)[element] = value(number, element) }
          }
          try meeting.meet(segments, member: member, worker: worker)
          for (number, segment) in segments.enumerated() where segment.takers.contains(member) {
            let found = UnsafeBufferPointer(start: floats(segment), count: Self.elements)
            #expect(Array(found) == (0..<Self.elements).map { value(number, $0) })
          }
          // As at the end of a step: others of this rank may still read.
          try worker.barrier()
        }
        finished.add(1, ordering: .acquiringAndReleasing)
      } alongside: { companion in
        while finished.load(ordering: .acquiring) < workers {
          if try !meeting.advance(communicator, companion: companion) { sched_yield() }
        }
      }
    }
  }
}
