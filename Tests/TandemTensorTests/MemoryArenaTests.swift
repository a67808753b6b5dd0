import Foundation
import TandemTensor
import Testing

@Suite struct MemoryArenaTests {
  /// Sizes around those of pages; memory that was used before comes back as zeros, too.
  @Test(arguments: [0, 1, 4096, 4097, 2 << 20, (2 << 20) + 1])
  func isZeroedAlignedAndLargeEnough(byteCount: Int) throws {
    for _ in 0..<2 {
      let arena = try MemoryArena(byteCount: byteCount, purpose: "test")
      #expect(arena.byteCount >= max(1, byteCount))
      let page = byteCount < 2 << 20 ? 4096 : 2 << 20
      #expect(UInt(bitPattern: arena.base) % UInt(page) == 0)
      let bytes = UnsafeMutableRawBufferPointer(start: arena.base, count: arena.byteCount)
      #expect(bytes.allSatisfy { $0 == 0 })
      memset(arena.base, 0xFF, arena.byteCount)
    }
  }

  @Test func whatIsUsedIsZeroedAroundWhatIsNot() throws {
    let gaps = [0..<4096, 8192..<3 << 20, 4 << 20..<5 << 20]
    let arena = try MemoryArena(byteCount: 6 << 20, purpose: "test", unused: gaps)
    for used in [4096..<8192, 3 << 20..<4 << 20, 5 << 20..<6 << 20] {
      let bytes = UnsafeMutableRawBufferPointer(start: arena.base, count: arena.byteCount)
      #expect(bytes[used].allSatisfy { $0 == 0 })
    }
  }

  @Test func whatIsForgottenIsZeroAndTheRestStays() throws {
    let arena = try MemoryArena(byteCount: 5 << 20, purpose: "test")
    memset(arena.base, 0xFF, arena.byteCount)
    arena.forget(5000..<(4 << 20) + 7)
    let bytes = UnsafeMutableRawBufferPointer(start: arena.base, count: arena.byteCount)
    #expect(bytes[0..<8192].allSatisfy { $0 == 0xFF })
    #expect(bytes[8192..<4 << 20].allSatisfy { $0 == 0 })
    #expect(bytes[4 << 20..<5 << 20].allSatisfy { $0 == 0xFF })
  }

  /// Whether huge pages are free at this moment is the system's business, that it is asked for them
  /// ours.
  @Test(arguments: [2 << 20, (6 << 20) + 1])
  func largeBlocksAskForHugePages(byteCount: Int) throws {
    let setting = "/sys/kernel/mm/transparent_hugepage/enabled"
    guard FileManager.default.fileExists(atPath: setting) else { return }  // a kernel without them
    let arena = try MemoryArena(byteCount: byteCount, purpose: "test")
    for offset in [0, byteCount - 1] {
      #expect(try mappingFlags(at: UInt(bitPattern: arena.base + offset)).contains("hg"))
    }
  }

  /// The flags of the mapping that an address lies in, as in `proc_pid_smaps(5)`.
  private func mappingFlags(at address: UInt) throws -> [Substring] {
    var isFound = false
    // A file without a size: it has to be read until it ends.
    let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
    let mappings = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    for line in mappings.split(separator: "\n") {
      let words = line.split(separator: " ")
      let ends = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      if ends.count == 2 { isFound = (ends[0]..<ends[1]).contains(address) }
      if isFound, words[0] == "VmFlags:" { return Array(words.dropFirst()) }
    }
    Issue.record("no mapping holds the address")
    return []
  }

  @Test func floatsStartAtTheirOffset() throws {
    let arena = try MemoryArena(byteCount: 64, purpose: "test")
    arena.floats(at: 3).pointee = 1.5
    #expect(arena.base.load(fromByteOffset: 12, as: Float.self) == 1.5)
    #expect(arena.floats()[3] == 1.5)
  }

  /// Linux would promise some of these, and end the process when it writes to them.
  @Test(arguments: [Int(clamping: ProcessInfo.processInfo.physicalMemory) + 1, 1 << 50, .max])
  func moreThanTheMachineHasIsAnError(byteCount: Int) {
    #expect(throws: MemoryError.self) {
      try MemoryArena(byteCount: byteCount, purpose: "test")
    }
  }

  @Test func whatTheSystemRefusesIsSaid() {
    let error = MemoryError(
      neededBytes: 3 << 30, purpose: "gradients of shard 7", use: .computation, shortage: .refused)
    #expect(
      "\(error)" == "no memory for the gradients of shard 7: 3072 MiB are needed and the system "
        + "refused them; use a smaller `batchSize`, or fewer `workers` and `shards`")
  }
}
