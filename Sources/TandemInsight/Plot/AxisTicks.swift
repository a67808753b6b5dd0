import Foundation

/// Round numbers along an axis that holds some values.
package struct AxisTicks: Hashable, Sendable {
  package let values: [Double]
  /// Decimals that tell the values apart.
  package let decimals: Int

  package var low: Double { values[0] }
  package var high: Double { values[values.count - 1] }

  /// - Parameters:
  ///   - range: of the values; one point gets an axis around it.
  ///   - count: about how many numbers there should be.
  ///   - isWhole: whether only whole numbers make sense.
  package init(_ range: ClosedRange<Double>, count: Int, isWhole: Bool = false) {
    var (low, high) = (range.lowerBound, range.upperBound)
    if low == high {
      let room = low == 0 ? 1 : abs(low) / 2
      (low, high) = (low - room, high + room)
      if isWhole { (low, high) = (range.lowerBound - 1, range.upperBound + 1) }
    }
    let step = Self.step((high - low) / Double(max(1, count)), isWhole: isWhole)
    let first = (low / step).rounded(.down)
    let last = (high / step).rounded(.up)
    values = (0...Int(last - first)).map { (first + Double($0)) * step }
    decimals = max(0, Int((-log10(step) - 1e-9).rounded(.up)))
  }

  /// 1, 2 or 5 times a power of ten, not less than what is wanted.
  private static func step(_ wanted: Double, isWhole: Bool) -> Double {
    let power = pow(10, log10(wanted).rounded(.down))
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= wanted * (1 - 1e-9) } ?? 10 * power
    return isWhole ? max(1, step.rounded()) : step
  }

  /// `0.25`; of very large or small numbers `2e-05`.
  package func text(_ value: Double) -> String {
    let size = max(abs(low), abs(high))
    if size >= 1e6 || decimals > 5 {
      return value == 0 ? "0" : String(format: "%.3g", value)
    }
    return String(format: "%.\(decimals)f", value == 0 ? 0 : value)
  }
}
