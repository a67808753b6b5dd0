import Foundation
import TandemExecution
import TandemTensor

/// One worker's replica of a case, and what its passes take.
///
/// Times are the processor's, of this thread: others who use it meanwhile do not count, and what
/// asking for the time takes is subtracted. What brings maps into another order is left out, as it
/// depends on the layers around; the same for weights and their gradients belongs to the passes.
final class KernelTimes {
  private let replica: Replica
  private let parameters: MemoryArena
  private let gradients: MemoryArena
  private let images: MemoryArena
  /// What each instruction is part of, by its place in the plan's report; nil for what is left out.
  private let passes: [Pass?]
  private let prepared: Int
  private let gradient: [Float]
  private var marks: [Double] = []

  enum Pass: String {
    case forward
    case backwardInput = "backward input"
    case backwardParameters = "backward parameters"
    /// Both of these, where layers that are computed along have parts in them.
    case backward
  }

  /// - Parameter isJoined: whether the halves of backward count as one.
  init(_ plan: Plan, isJoined: Bool) throws {
    let layout = plan.graph.parameterLayout
    func arena(_ floats: Int) throws -> MemoryArena {
      try MemoryArena(byteCount: floats * MemoryLayout<Float>.size, purpose: "benchmark")
    }
    parameters = try arena(layout.elementCount)
    gradients = try arena(layout.elementCount)
    let imageElements = plan.inputImages * plan.graph.inputShape.elementCount
    images = try arena(imageElements)
    layout.initialize(parameters.floats(), seed: 1)
    // As after a ReLU, and gradients of either sign.
    var random = CheapNumbers()
    for index in 0..<imageElements { images.floats()[index] = max(0, random.next()) }
    replica = try Replica(plan: plan, parameters: parameters.floats())
    let report = plan.report
    prepared = report.prefix { $0.section == "prepare" }.count
    passes = report.map { Self.pass($0, isJoined) }
    let outputs = plan.images * plan.graph.outputShape.elementCount
    gradient = (0..<outputs).map { _ in random.next() }
    replica.reachesNode = { [weak self] _, _ in self?.marks.append(Self.now) }
  }

  private static func pass(_ report: Plan.InstructionReport, _ isJoined: Bool) -> Pass? {
    let activity = report.label.split(separator: " ").dropFirst().joined(separator: " ")
    // Maps on their way into another order, and what stands at the ends of the small network.
    if ["input", "output gradient", "gradient"].contains(activity) || report.label == "logits" {
      return nil
    }
    if report.section != "backward" { return .forward }
    if isJoined { return .backward }
    return activity == "backward input" ? .backwardInput : .backwardParameters
  }

  /// Seconds of each pass of one step, weights being new.
  func step() throws -> [Pass: Double] {
    replica.parametersChanged()
    marks = [Self.now]
    try replica.forward(images: images.floats())
    marks.append(Self.now)
    let forward = marks
    replica.logitsGradient.update(from: gradient, count: gradient.count)
    marks = []
    try replica.backward(into: gradients.floats())
    marks.append(Self.now)
    // The time before the first instruction of forward is what prepares weights.
    let parts = [prepared > 0 ? Pass.forward : nil] + passes[prepared...]
    let spans = [forward, marks].flatMap {
      zip($0, $0.dropFirst()).map { $1 - $0 - Self.clockTime }
    }
    precondition(parts.count == spans.count, "a time for each instruction")
    let times: [Pass: Double] = zip(parts, spans).reduce(into: [:]) { sums, next in
      if let pass = next.0 { sums[pass, default: 0] += next.1 }
    }
    // Nothing takes no time, of which there would be no ratio.
    return times.mapValues { max(1e-9, $0) }
  }

  /// Seconds that asking for the time takes, which are part of every span: half a microsecond on
  /// Zen 5, as long as the smallest passes.
  private static let clockTime: Double = {
    let times = (0...1_000).map { _ in now }
    return zip(times, times.dropFirst()).map { $1 - $0 }.sorted()[times.count / 2]
  }()

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// Numbers from −1 to 1.
private struct CheapNumbers {
  private var state: UInt32 = 1

  mutating func next() -> Float {
    state = state &* 1_664_525 &+ 1_013_904_223
    return Float(state >> 8) / Float(1 << 23) - 1
  }
}
