import Tandem
import TandemInsight
import TandemNetwork

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
