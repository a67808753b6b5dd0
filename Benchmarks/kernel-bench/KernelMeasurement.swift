import Foundation
import Synchronization
import TandemCollectives

/// What a case took: one line of output.
struct KernelMeasurement: Codable {
  let name: String
  let shape: String
  let images: Int
  /// By pass and by whose kernels, `own` or `library`: milliseconds of the processor in each round,
  /// summed over the workers.
  private(set) var passes: [String: [String: [Double]]] = [:]

  /// Rounds, however long they take, so that an interval can be stated; and at most.
  private static let rounds = 8...60

  /// Measures both in turns, on all workers at once.
  /// - Parameter seconds: after which no further round begins.
  init(_ kernelCase: KernelCase, on team: Team, seconds: Double) throws {
    name = kernelCase.name
    shape = kernelCase.shape
    images = kernelCase.images
    let plans = try [("own", true), ("library", false)].map {
      (name: $0, plan: try kernelCase.plan(own: $1))
    }
    let isJoined = plans[0].plan.graph.nodes.count > 1
    let passes = Mutex<[String: [String: [Double]]]>([:])
    let goesOn = Mutex(true)
    try team.run { worker in
      let candidates = try plans.map { ($0.name, try KernelTimes($0.plan, isJoined: isJoined)) }
      for (_, times) in candidates { _ = try times.step() }
      let end = Date.now.addingTimeInterval(seconds)
      for round in 0..<Self.rounds.upperBound {
        try worker.barrier()
        if worker.index == 0 {
          goesOn.withLock { $0 = round < Self.rounds.lowerBound || Date.now < end }
        }
        try worker.barrier()
        guard goesOn.withLock({ $0 }) else { break }
        for (name, times) in candidates {
          try worker.barrier()
          let taken = try times.step()
          passes.withLock { passes in
            for (pass, seconds) in taken {
              var values = passes[pass.rawValue, default: [:]][name, default: []]
              if values.count <= round { values.append(0) }
              values[round] += seconds * 1e3
              passes[pass.rawValue, default: [:]][name] = values
            }
          }
        }
      }
    }
    self.passes = passes.withLock { $0 }
  }
}
