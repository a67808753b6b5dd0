import Foundation
import TandemInsight
import TandemNetwork
import TandemProcess

/// A curve of losses over learning rates, drawn with letters.
struct CurveChart {
  private static let height = 14
  /// Columns left of the curve: a number and the axis.
  private static let margin = 10

  private let curve: LearningRateCurve
  private let width: Int

  /// - Parameter columns: of the terminal.
  init(_ curve: LearningRateCurve, columns: Int = 80) {
    self.curve = curve
    width = min(100, max(20, columns - 1)) - Self.margin
  }

  /// Losses upwards, rates to the right by their logarithm, and below it where the rates are that
  /// are named.
  var text: String {
    let rates = curve.points.map { log10($0.learningRate) }
    let (left, right) = (rates[0], rates[rates.count - 1])
    func column(_ rate: Double) -> Int {
      let place = (log10(rate) - left) / max(right - left, 1e-9) * Double(width - 1)
      return min(width - 1, max(0, Int(place.rounded())))
    }
    let smoothed = curve.points.map(\.smoothedLoss)
    let bottom = smoothed.min() ?? 0
    let top = curve.largestShown
    let range = max(top - bottom, 1e-9)
    func row(_ loss: Double) -> Int {
      Int(((top - loss) / range * Double(Self.height - 1)).rounded())
    }
    var cells = Array(
      repeating: Array(repeating: Character(" "), count: width), count: Self.height)
    for point in curve.points where point.smoothedLoss <= top + range / Double(2 * Self.height) {
      cells[min(Self.height - 1, max(0, row(point.smoothedLoss)))][column(point.learningRate)] =
        "•"
    }
    var lines = cells.enumerated().map { number, cells in
      let loss = top - range * Double(number) / Double(Self.height - 1)
      let isTold = [0, Self.height / 2, Self.height - 1].contains(number)
      let label = isTold ? lossText(loss) : ""
      let space = String(repeating: " ", count: max(0, Self.margin - 2 - label.count))
      return Self.trimmed(space + label + " │" + String(cells))
    }
    lines.append(axis(column, from: left, to: right))
    lines.append(labels(column, from: left, to: right))
    lines.append(marks(column))
    return lines.joined(separator: "\n")
  }

  private func axis(
    _ column: (Double) -> Int, from left: Double, to right: Double
  ) -> String {
    var line = Array(repeating: Character("─"), count: width)
    for power in powers(left, right) { line[column(pow(10, Double(power)))] = "┬" }
    return String(repeating: " ", count: Self.margin - 1) + "└" + String(line)
  }

  /// The whole powers of ten on the axis.
  private func powers(_ left: Double, _ right: Double) -> [Int] {
    let (first, last) = (Int(left.rounded(.up)), Int(right.rounded(.down)))
    return first <= last ? Array(first...last) : []
  }

  private func labels(
    _ column: (Double) -> Int, from left: Double, to right: Double
  ) -> String {
    var line = ""
    for power in powers(left, right) {
      let place = Self.margin + column(pow(10, Double(power)))
      guard line.count < place || line.isEmpty else { continue }
      line += String(repeating: " ", count: place - line.count) + "1e\(power)"
    }
    return line
  }

  /// Where the loss falls fastest, where it is lowest, and the rate that is named.
  private func marks(_ column: (Double) -> Int) -> String {
    var line = Array(repeating: Character(" "), count: width)
    line[column(curve.points[curve.lowest].learningRate)] = "v"
    if let rate = curve.learningRate { line[column(rate)] = "^" }
    return Self.trimmed(String(repeating: " ", count: Self.margin) + String(line))
  }

  private static func trimmed(_ line: String) -> String {
    String(line.reversed().drop { $0 == " " }.reversed())
  }
}
