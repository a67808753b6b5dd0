import TandemCollectives
import TandemTraining
import Testing

@Suite("Exchange between ranks")
struct MessageExchangeTests {
  enum Variant: String, CaseIterable, CustomStringConvertible {
    case momentum, adam, clipped, layerwise, layerwiseAndClipped, oneBucket, noOverlap
    var description: String { rawValue }

    func change(_ exchanges: inout Exchanges) {
      switch self {
      case .momentum: break
      case .adam: exchanges.optimizer = AnyOptimizer(Adam())
      case .clipped: exchanges.clipNorm = 0.5
      case .layerwise: exchanges.optimizer = AnyOptimizer(LARS())
      case .layerwiseAndClipped:
        exchanges.optimizer = AnyOptimizer(LARS())
        exchanges.clipNorm = 0.5
      case .oneBucket: exchanges.bucketBytes = 1 << 30
      case .noOverlap: exchanges.overlaps = false
      }
    }
  }

  @Test("any split of the shards has the bits of one rank", arguments: Variant.allCases)
  func splits(variant: Variant) throws {
    var alone = Exchanges(usesCommunicator: false)
    variant.change(&alone)
    let expected = try alone.run()
    #expect(expected.bytesSent == 0)
    for workersOfRanks in [
      [1], [2], [1, 1], [2, 2], [1, 3], [1, 1, 1], [1, 2, 1], [1, 1, 1, 1],
    ] {
      for sharesMemory in [false, true] where !sharesMemory || workersOfRanks.count > 1 {
        var split = Exchanges(workersOfRanks: workersOfRanks, sharesMemory: sharesMemory)
        variant.change(&split)
        let result = try split.run()
        #expect(result.parameters.allSatisfy { $0 == expected.parameters[0] }, "\(split)")
        #expect(result.losses == expected.losses)
        #expect((result.bytesSent > 0) == (workersOfRanks.count > 1 && !sharesMemory))
      }
    }
  }

  @Test("in bfloat16 too, in half the bytes", arguments: Variant.allCases)
  func bfloat16(variant: Variant) throws {
    var alone = Exchanges(usesCommunicator: false)
    variant.change(&alone)
    let exact = try alone.run()
    alone.wire = .bfloat16
    let expected = try alone.run()
    #expect(expected.parameters != exact.parameters)
    for workersOfRanks in [[2], [1, 1], [2, 2], [1, 3], [1, 2, 1], [1, 1, 1, 1]] {
      let isAlone = workersOfRanks.count == 1
      for sharesMemory in isAlone ? [false] : [false, true] {
        var split = Exchanges(
          workersOfRanks: workersOfRanks, usesCommunicator: !isAlone, sharesMemory: sharesMemory,
          wire: .bfloat16)
        variant.change(&split)
        let result = try split.run()
        #expect(result.parameters.allSatisfy { $0 == expected.parameters[0] }, "\(split)")
        #expect(result.losses == expected.losses)
        split.wire = .float32
        let sent = try isAlone ? 0 : split.run().bytesSent
        #expect(sent == 2 * result.bytesSent)
      }
    }
  }

  @Test("factors in bfloat16", arguments: [1, 3])
  func roundedFactors(batches: Int) throws {
    func run(
      _ workersOfRanks: [Int], overlaps: Bool = true, wire: WireFormat = .bfloat16
    ) throws -> Exchanges.Result {
      try Exchanges(
        workersOfRanks: workersOfRanks, overlaps: overlaps,
        usesCommunicator: workersOfRanks.count > 1, leastFactoredElements: 1000, batches: batches,
        wire: wire
      ).run()
    }
    let expected = try run([1])
    let exact = try run([1], wire: .float32)
    #expect(exact.parameters != expected.parameters)
    for workersOfRanks in [[2], [1, 1], [2, 2], [1, 3], [1, 1, 1, 1]] {
      for overlaps in [true, false] {
        let result = try run(workersOfRanks, overlaps: overlaps)
        #expect(
          result.parameters.allSatisfy { $0 == expected.parameters[0] }, "\(workersOfRanks)")
        if overlaps, workersOfRanks.count > 1 {
          let sent = try run(workersOfRanks, wire: .float32).bytesSent
          #expect(sent == 2 * result.bytesSent)
        }
      }
    }
  }

  @Test("gradients of which ranks have the factors of their images only")
  func factors() throws {
    for batches in [1, 3] {
      let expected = try Exchanges(
        usesCommunicator: false, leastFactoredElements: 1000, batches: batches
      ).run()
      for workersOfRanks in [[1], [2], [1, 1], [2, 2], [1, 3], [1, 1, 1, 1]] {
        for overlaps in [true, false] {
          let result = try Exchanges(
            workersOfRanks: workersOfRanks, overlaps: overlaps, leastFactoredElements: 1000,
            batches: batches
          ).run()
          #expect(
            result.parameters.allSatisfy { $0 == expected.parameters[0] }, "\(workersOfRanks)")
        }
      }
      // Other images, other bits: the comparison can fail.
      let fewer = try Exchanges(
        activeShards: [4, 4, 3, 4, 1, 1], usesCommunicator: false, leastFactoredElements: 1000,
        batches: batches
      ).run()
      #expect(fewer.parameters[0] != expected.parameters[0])
    }
  }

  @Test("layers get the sums of their shards' group in the midst of a step, on all ranks")
  func statistics() throws {
    let expected = try Exchanges(usesCommunicator: false).run()
    for workersOfRanks in [[4], [2, 2], [1, 3], [1, 1, 2], [1, 1, 1, 1]] {
      for group in [1, 2, 3, 4] {
        let alone = workersOfRanks.count == 1
        let result = try Exchanges(
          workersOfRanks: workersOfRanks, usesCommunicator: !alone, statisticsGroup: group
        ).run()
        #expect(result.parameters.allSatisfy { $0 == expected.parameters[0] })
      }
    }
  }

  @Test("other gradients, other bits: the comparison can fail")
  func sensitivity() throws {
    let expected = try Exchanges(usesCommunicator: false).run()
    for sharesMemory in [false, true] {
      let fewer = try Exchanges(
        workersOfRanks: [1, 1], activeShards: [4, 4, 3, 4, 1, 1], sharesMemory: sharesMemory
      ).run()
      #expect(fewer.parameters[0] != expected.parameters[0])
      #expect(fewer.parameters[0] == fewer.parameters[1])
      #expect(fewer.losses != expected.losses)
    }
  }

  @Test("seven shards, and more ranks than a step has images for")
  func uneven() throws {
    let active = [7, 7, 5, 2]
    for wire in WireFormat.allCases {
      let expected = try Exchanges(
        shards: 7, activeShards: active, usesCommunicator: false, wire: wire
      ).run()
      for workersOfRanks in [[3, 2], [1, 1, 1], [2, 1, 2, 1]] {
        for sharesMemory in [false, true] {
          let result = try Exchanges(
            workersOfRanks: workersOfRanks, shards: 7, activeShards: active,
            sharesMemory: sharesMemory, wire: wire
          ).run()
          #expect(
            result.parameters.allSatisfy { $0 == expected.parameters[0] },
            "\(workersOfRanks), \(wire), sharing memory: \(sharesMemory)")
        }
      }
    }
  }

  @Test("a request to stop on any rank ends all after the same step")
  func stop() throws {
    for (workersOfRanks, sharesMemory) in [([1], false), ([2, 1], false), ([2, 1], true)] {
      let last = workersOfRanks.count - 1
      let stopped = try Exchanges(
        workersOfRanks: workersOfRanks, sharesMemory: sharesMemory, stop: (rank: last, step: 2)
      ).run()
      #expect(stopped.losses.count == 3)
    }
    #expect(
      try Exchanges(usesCommunicator: false, stop: (rank: 0, step: 4)).run().losses.count == 5)
  }

  @Test("a gradient that is not finite is found by all ranks, and nothing is updated")
  func nonFinite() throws {
    var exchanges = Exchanges(workersOfRanks: [1, 1], clipNorm: 1)
    exchanges.activeShards = [4]
    exchanges.infiniteShard = 3
    #expect(throws: TrainingError.nonFiniteGradient(step: 1, epoch: 1, parameter: "dense2.weight"))
    {
      try exchanges.run()
    }
  }
}
