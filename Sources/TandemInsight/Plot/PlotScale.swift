import Foundation

/// How numbers are laid out along an axis.
package enum PlotScale: Hashable, Sendable {
  /// Equal differences have equal lengths; marked are whole numbers.
  case whole
  /// Equal factors have equal lengths; only numbers above 0 have a place.
  case logarithmic

  /// Where a number is, in the axis' own length; nil for none.
  package func place(_ value: Double) -> Double? {
    switch self {
    case .whole: value
    case .logarithmic: value > 0 ? log10(value) : nil
    }
  }

  /// A number that is marked on the axis.
  package struct Tick: Hashable, Sendable {
    /// As `place` has it.
    package let place: Double
    package let text: String
  }

  /// What is marked between two places.
  package func ticks(_ ends: ClosedRange<Double>) -> [Tick] {
    switch self {
    case .whole:
      let ticks = AxisTicks(ends, count: 8, isWhole: true)
      return ticks.values.filter(ends.contains).map { Tick(place: $0, text: ticks.text($0)) }
    case .logarithmic:
      // Powers of ten; where there is hardly one, numbers between them, too.
      let digits: [[Double]] = [[1], [1, 2, 5], (1...9).map(Double.init)]
      let choices = digits.map { Self.numbers($0, between: ends) }
      let numbers = choices.first { $0.count > 1 } ?? choices[choices.count - 1]
      // Every second or third one where there are many.
      let step = (numbers.count + Self.mostTicks - 1) / Self.mostTicks
      return stride(from: 0, to: numbers.count, by: max(1, step)).map { numbers[$0] }
    }
  }

  private static let mostTicks = 12

  private static func numbers(_ digits: [Double], between ends: ClosedRange<Double>) -> [Tick] {
    let powers = Int(ends.lowerBound.rounded(.down))...Int(ends.upperBound.rounded(.up))
    return powers.flatMap { power in
      digits.compactMap { digit in
        let place = log10(digit) + Double(power)
        // A bound that is a power of ten may be a little beside it.
        guard place >= ends.lowerBound - 1e-6, place <= ends.upperBound + 1e-6 else { return nil }
        return Tick(place: place, text: "\(Int(digit))e\(power)")
      }
    }
  }
}
