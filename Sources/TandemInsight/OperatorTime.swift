import TandemExecution
import TandemTraining

/// What one instruction of a plan costs in a step: of one worker, the mean over the workers; times
/// are medians over the steps.
package struct OperatorTime: Hashable, Codable, Sendable {
  /// Layer path and activity: `conv1 forward`.
  package let label: String
  /// The layer that it is for and what kind of layer that is: `conv1`, `conv`.
  package let layer: String
  package let kind: String
  /// `prepare` (after parameters changed), `forward`, `backward`, or `exchange` for gradients of
  /// weights that are computed from their factors.
  package let section: String
  /// oneDNN's implementation, as in `jit:avx512_core`; `tandem` for our own kernels.
  package let implementation: String
  package let seconds: Double
  /// Two for each multiply-add of a convolution or dense layer, as they are defined: Winograd's
  /// take fewer. 0 for everything else.
  package let floatingPointOperations: Double
  /// Read and written.
  package let bytes: Double

  package var operationsPerSecond: Double { seconds > 0 ? floatingPointOperations / seconds : 0 }
  package var bytesPerSecond: Double { seconds > 0 ? bytes / seconds : 0 }

  /// What the operator does, without the layer's name: `forward`, `input reorder`, or `again` where
  /// backward computes maps that forward did not keep.
  package var activity: String {
    // Named after the maps, which may be another layer's.
    if label.hasSuffix(" again") { return "again" }
    let isOfLayer = label.hasPrefix(layer + " ") || label.hasPrefix(layer + ".")
    return isOfLayer ? String(label.dropFirst(layer.count + 1)) : label
  }
}

extension RankTimelines {
  /// The instructions that ran in these steps, in the order of the plan; of the first devices of
  /// model groups. Shards of other numbers of images run plans of their own: what their
  /// instructions have in common with the largest plan's is added to them.
  package func operatorTimes(steps: ClosedRange<Int>) -> [OperatorTime] {
    firstDevices.operatorTimes(plans[0], steps: steps)
  }

  /// - Parameter plans: of all workers.
  private func operatorTimes(_ plans: [Int: Plan], steps: ClosedRange<Int>) -> [OperatorTime] {
    guard let largest = plans.max(by: { $0.key < $1.key })?.value else { return [] }
    var keys: [Int: [Key]] = [:]
    for (images, plan) in plans { keys[images] = Key.list(plan.report) }

    struct Sum {
      var nanoseconds: [Int: UInt64] = [:]
      var multiplyAdds = 0
      var bytes = 0
    }
    var sums: [Key: Sum] = [:]
    var stepsSeen: Set<Int> = []
    let reports = plans.mapValues(\.report)
    for span in workers.lazy.flatMap(\.spans) where steps.contains(span.step) {
      guard case .instruction(let number, let images) = span.activity,
        let key = keys[images]?[number], let report = reports[images]?[number]
      else { continue }
      stepsSeen.insert(span.step)
      sums[key, default: Sum()].nanoseconds[span.step, default: 0] += span.nanoseconds
      sums[key, default: Sum()].multiplyAdds += report.multiplyAdds
      sums[key, default: Sum()].bytes += report.bytesRead + report.bytesWritten
    }
    let workerSteps = Double(max(1, stepsSeen.count * workers.count))
    let instructions = zip(largest.report, Key.list(largest.report)).compactMap {
      report, key -> OperatorTime? in
      guard let sum = sums[key] else { return nil }
      let seconds = stepsSeen.map { Double(sum.nanoseconds[$0] ?? 0) * 1e-9 }.median
      return OperatorTime(
        label: report.label, layer: report.layer, kind: report.kind, section: report.section,
        implementation: report.implementation, seconds: seconds / Double(workers.count),
        floatingPointOperations: 2 * Double(sum.multiplyAdds) / workerSteps,
        bytes: Double(sum.bytes) / workerSteps)
    }
    return instructions + weightGradients(steps: steps, of: largest)
  }

  /// Gradients of weights that are computed from their factors, which workers and, in a job of
  /// several ranks, the communication thread do in the exchange.
  private func weightGradients(steps: ClosedRange<Int>, of plan: Plan) -> [OperatorTime] {
    let count = Double(max(1, workers.count))
    return plan.factored.enumerated().compactMap { index, weight in
      var nanoseconds: [Int: UInt64] = [:]
      var operations = 0.0
      var bytes = 0
      for span in (workers + [communication].compactMap(\.self)).lazy.flatMap(\.spans)
      where steps.contains(span.step) {
        guard case .weightGradient(index, let elements, let images) = span.activity else {
          continue
        }
        nanoseconds[span.step, default: 0] += span.nanoseconds
        operations += 2 * Double(elements * images)
        let factors = images * (weight.inputs + elements / weight.inputs)
        bytes += (elements + factors) * MemoryLayout<Float>.size
      }
      if nanoseconds.isEmpty { return nil }
      let node = plan.graph.nodes[weight.entry.nodeIndex]
      return OperatorTime(
        label: "\(node.name) backward parameters", layer: node.name,
        kind: type(of: node.layer).kind, section: "exchange", implementation: "tandem",
        seconds: nanoseconds.values.map { Double($0) * 1e-9 }.median / count,
        floatingPointOperations: operations / Double(nanoseconds.count) / count,
        bytes: Double(bytes) / Double(nanoseconds.count) / count)
    }
  }
}

/// What instructions of different plans have in common.
private struct Key: Hashable {
  let section: String
  let label: String
  /// How many before it are called the same.
  let occurrence: Int

  static func list(_ report: [Plan.InstructionReport]) -> [Key] {
    var counts: [String: Int] = [:]
    return report.map { instruction in
      let name = "\(instruction.section) \(instruction.label)"
      let occurrence = counts[name, default: 0]
      counts[name] = occurrence + 1
      return Key(section: instruction.section, label: instruction.label, occurrence: occurrence)
    }
  }
}
