import Tandem
import TandemNetwork

/// One operator of a step: what `OperatorTime` says of one worker, and what follows from it.
struct OperatorFigures: Encodable {
  let label: String
  let layer: String
  let kind: String
  let section: String
  let implementation: String
  let secondsPerStep: Double
  /// Of arithmetic in convolutions and dense layers; nil for everything else.
  let gigaflopsPerSecond: Double?
  let fractionOfPeak: Double?
  /// Read and written.
  let bytes: Double
  let gigabytesPerSecond: Double

  private enum CodingKeys: CodingKey {
    case label, layer, kind, section, implementation, secondsPerStep, gigaflopsPerSecond
    case fractionOfPeak, bytes, gigabytesPerSecond
  }

  /// What it does, without the layer's name.
  let activity: String
  let floatingPointOperations: Double

  /// - Parameter peak: of one worker, in operations per second.
  init(_ time: OperatorTime, peak: Double) {
    label = time.label
    layer = time.layer
    kind = time.kind
    section = time.section
    implementation = time.implementation
    secondsPerStep = time.seconds
    let computes = time.floatingPointOperations > 0
    gigaflopsPerSecond = computes ? time.operationsPerSecond / 1e9 : nil
    fractionOfPeak = computes ? time.operationsPerSecond / peak : nil
    bytes = time.bytes
    gigabytesPerSecond = time.bytesPerSecond / 1e9
    activity = time.activity
    floatingPointOperations = time.floatingPointOperations
  }
}

extension OperatorFigures {
  /// What it is counted with. What crosses between devices is put down and taken, in many pieces; in between
  /// they meet.
  fileprivate var group: String {
    if kind == CrossingLayer.kind {
      let meets = activity == "forward" || activity == "backward"
      return meets ? "crossing, meeting others" : "crossing, copying"
    }
    return activity.hasSuffix("reorder") ? "reorders" : "\(kind) \(activity)"
  }
}

/// Where the time of a step goes, operator by operator and summed up by kind.
struct OperatorTables {
  private let operators: [OperatorFigures]
  private let split: StepSplit
  private let whose: String

  /// - Parameters:
  ///   - split: of the same workers.
  ///   - whose: operators they are.
  init(_ operators: [OperatorFigures], split: StepSplit, whose: String) {
    self.operators = operators
    self.split = split
    self.whose = whose
  }

  var text: String {
    "Each operator, in the order of a step; \(whose):\n" + table.text
      + "\n\nThe same by kind, most time first:\n" + kinds.text
  }

  private var stepSeconds: Double { split.parts.reduce(0) { $0 + $1.seconds } }

  private func share(_ seconds: Double) -> String { decimals(100 * seconds / stepSeconds, 1) }

  private var table: TextTable {
    TextTable(
      columns: [
        .left("Operator"), .left("Implementation"), .right("ms"), .right("% of step"),
        .right("GFLOP/s"), .right("% of peak"), .right("MB"), .right("GB/s"),
      ],
      rows: operators.map { figures in
        [
          figures.label, figures.implementation, decimals(figures.secondsPerStep * 1e3, 3),
          share(figures.secondsPerStep), figures.gigaflopsPerSecond.map { decimals($0, 1) } ?? "",
          figures.fractionOfPeak.map { decimals(100 * $0, 1) } ?? "",
          decimals(figures.bytes / 1e6, 2), decimals(figures.gigabytesPerSecond, 1),
        ]
      })
  }

  private var kinds: TextTable {
    let groups = Dictionary(grouping: operators, by: \.group)
    var lines = groups.map { name, members in
      let seconds = members.reduce(0) { $0 + $1.secondsPerStep }
      let operations = members.reduce(0) { $0 + $1.floatingPointOperations }
      return (
        name, "\(members.count)", seconds,
        operations > 0 ? decimals(operations / seconds / 1e9, 1) : ""
      )
    }
    // Medians do not add up exactly. Gradients of weights in the exchange count as backward.
    let known = operators.reduce(0) { $0 + $1.secondsPerStep }
    lines.append(
      ("loss, between operators", "", max(0, split.forward + split.backward - known), ""))
    lines += split.parts.dropFirst(2).map { ($0.name, "", $0.seconds, "") }
    return TextTable(
      columns: [
        .left("Kind"), .right("Operators"), .right("ms"), .right("% of step"), .right("GFLOP/s"),
      ],
      rows: lines.sorted { ($0.2, $1.0) > ($1.2, $0.0) }.map { name, count, seconds, speed in
        [name, count, decimals(seconds * 1e3, 3), share(seconds), speed]
      })
  }
}
