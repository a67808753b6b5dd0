import Foundation
import TandemNetwork

/// What each instruction of a plan takes, so that a replica can wait as long instead of computing:
/// for clusters with more ranks than this machine has cores. What a device exchanges with others at
/// crossings happens in any case.
///
/// Waits add up from the beginning of a pass, so that waking up late, or something that happens in
/// between, costs nothing that the pass has time for.
///
/// Ownership: belongs to one replica and thereby to one thread.
package final class EmulatedComputing {
  /// The time of each instruction of `Plan.report`; nil for those that run in any case.
  package let nanoseconds: [UInt64?]
  /// When what has been waited for so far is over.
  private var due: UInt64 = 0

  /// - Parameter spans: what a replica of the plan noted while it ran both passes, once or several
  ///   times.
  init(_ plan: Plan, measured spans: [Timeline.Span]) {
    nanoseconds = Self.times(
      exchanges: (plan.prepare + plan.forward + plan.backward).map(\.isOfCrossing), spans)
  }

  /// The median of each instruction that is not part of an exchange; 0 for those that did not run.
  package static func times(exchanges: [Bool], _ spans: [Timeline.Span]) -> [UInt64?] {
    var samples: [[UInt64]] = exchanges.map { _ in [] }
    for span in spans {
      if case .instruction(let number, _) = span.activity {
        samples[number].append(span.nanoseconds)
      }
    }
    return zip(exchanges, samples).map { isExchange, samples in
      isExchange ? nil : samples.isEmpty ? 0 : samples.sorted()[samples.count / 2]
    }
  }

  /// A pass begins.
  func begin() { due = Timeline.now }

  /// Waits as long as an instruction takes, or runs it if it has to be.
  func stand(inFor number: Int, or run: () throws -> Void) rethrows {
    guard let time = nanoseconds[number] else {
      try run()
      due = max(due, Timeline.now)
      return
    }
    due += time
    let now = Timeline.now
    if due > now { Thread.sleep(forTimeInterval: Double(due - now) * 1e-9) }
  }
}

extension Replica {
  /// Measures what each instruction takes, alone and without waiting for anybody, and from now on
  /// waits as long instead of running it.
  ///
  /// - Parameters:
  ///   - images: as `forward` takes them.
  ///   - gradients, factors: as `backward` takes them; hold some gradients or other afterwards.
  /// - Throws: `ExecutionError`.
  package func emulateComputing(
    images: UnsafePointer<Float>, dropout: DropoutContext, gradients: UnsafeMutablePointer<Float>,
    factors: [FactorRows]
  ) throws {
    let (ownTimeline, ownMeeting, ownSum) = (timeline, meet, sumOverShards)
    defer { (timeline, meet, sumOverShards) = (ownTimeline, ownMeeting, ownSum) }
    (meet, sumOverShards) = ({ _ in }, nil)
    var spans: [Timeline.Span] = []
    // The first time is for page faults.
    for turn in 0...Self.measuredTurns {
      let measured = Timeline(.operators)
      timeline = measured
      parametersChanged()
      try prepareCopies()
      try forward(images: images, dropout: dropout)
      fill(logitsGradient, plan.logits)
      for (output, operand) in zip(auxiliaryOutputs, plan.auxiliaries) {
        fill(output.gradient, operand.logits)
      }
      try backward(into: gradients, adding: plan.addsGradients, factors: factors, shareOfImage: 0)
      if turn > 0 { spans += measured.spans }
    }
    emulated = EmulatedComputing(plan, measured: spans)
    // From now on nobody writes most of this, but crossings and the loss read it.
    clearWorkspace()
  }

  private static let measuredTurns = 3

  /// Some gradient of an output.
  private func fill(_ gradient: UnsafeMutablePointer<Float>, _ output: Operand) {
    for index in 0..<output.descriptor.storedElements {
      gradient[index] = Float(index % 7 - 3) / 100
    }
  }
}
