import Foundation

/// How far the changes of weights over some steps are from those in double precision: Tandem's and
/// those of PyTorch in float32, as root mean squares.
struct ChangeErrors: CustomStringConvertible {
  /// Tandem's in the place of one of PyTorch's, at most: Winograd's convolutions have about three
  /// times the error of those by their definition.
  static let mostTimes = 4.0

  /// One parameter's.
  struct Layer {
    var name: String
    var elementCount: Int
    /// The root mean square of PyTorch's error, where its result tells.
    var pyTorch: Double?
    /// Means over all elements.
    var squaredError = 0.0
    var squaredChange = 0.0

    /// One row of a table: the change, Tandem's error and PyTorch's relative to it, their ratio.
    var row: String {
      let change = squaredChange.squareRoot()
      let own = squaredError.squareRoot()
      let other = pyTorch ?? .nan
      return String(
        format: "| %@ | %.1e | %.1e | %.1e | %.2f |", name, change, own / change, other / change,
        own / other)
    }
  }

  var layers: [Layer] = []
  /// PyTorch's error of all weights, relative to their change.
  var pyTorch: Double

  /// Tandem's error of all weights, relative to their change.
  var own: Double {
    var error = 0.0
    var change = 0.0
    for layer in layers {
      error += Double(layer.elementCount) * layer.squaredError
      change += Double(layer.elementCount) * layer.squaredChange
    }
    return (error / change).squareRoot()
  }

  var ratio: Double { own / pyTorch }

  var description: String {
    String(format: "%.2e, PyTorch's %.2e, %.2f times", own, pyTorch, ratio)
  }

  init(pyTorch: Double) {
    self.pyTorch = pyTorch
  }

  /// The middle one of all draws' ratios.
  static func medianRatio(_ draws: [ChangeErrors]) -> Double {
    let sorted = draws.map(\.ratio).sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
