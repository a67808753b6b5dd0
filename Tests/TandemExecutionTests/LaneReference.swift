import CKernels
import Foundation

/// What `LaneCase` computes, by its definition and in double precision.
struct LaneReference {
  var output: [Double]
  var weightGradient: [Double]
  var biasGradient: [Double]
  var inputGradient: [Double]

  init(_ lanes: LaneCase) {
    let layer = lanes.layer
    output = Array(repeating: 0, count: layer.images * layer.outputSize)
    weightGradient = Array(repeating: 0, count: layer.weightCount)
    biasGradient = Array(repeating: 0, count: layer.output_channels)
    inputGradient = Array(repeating: 0, count: layer.images * layer.inputSize)
    let (rows, columns) = (
      layer.output_rows / layer.window_rows, layer.output_columns / layer.window_columns
    )
    let window = layer.window_rows * layer.window_columns
    for image in 0..<layer.images {
      for channel in 0..<layer.output_channels {
        for row in 0..<rows {
          for column in 0..<columns {
            let place =
              (image * layer.output_channels + channel) * rows * columns
              + row * columns + column
            let values = (0..<window).map { index in
              let y = row * layer.window_rows + index / layer.window_columns
              let x = column * layer.window_columns + index % layer.window_columns
              return Self.activate(
                Self.convolution(lanes, image, channel, y, x), layer.activation)
            }
            let winner = values.indices.max { values[$0] < values[$1] } ?? 0
            let isMean = layer.pooling == tandem_lane_pooling_average
            output[place] = isMean ? values.reduce(0, +) / Double(window) : values[winner]
            for index in values.indices where isMean || index == winner {
              let slope = Self.slope(values[index], layer.activation)
              let gradient =
                Double(lanes.gradient[place]) * slope / (isMean ? Double(window) : 1)
              addGradient(
                gradient, lanes, image, channel,
                row * layer.window_rows + index / layer.window_columns,
                column * layer.window_columns + index % layer.window_columns)
            }
          }
        }
      }
    }
  }

  static func activate(_ x: Double, _ activation: tandem_lane_activation) -> Double {
    switch activation {
    case tandem_lane_activation_relu: max(x, 0)
    case tandem_lane_activation_tanh: tanh(x)
    default: x
    }
  }

  /// From the activation's value.
  private static func slope(_ y: Double, _ activation: tandem_lane_activation) -> Double {
    switch activation {
    case tandem_lane_activation_relu: y > 0 ? 1 : 0
    case tandem_lane_activation_tanh: 1 - y * y
    default: 1
    }
  }

  /// The places of the input and of the weights that an output is the sum of.
  static func forEachProduct(
    _ layer: tandem_lane_layer, _ channel: Int, _ y: Int, _ x: Int,
    _ body: (_ input: Int, _ weight: Int) -> Void
  ) {
    for c in 0..<layer.channels {
      for u in 0..<layer.kernel_rows {
        for v in 0..<layer.kernel_columns {
          let (row, column) = (y + u - layer.top, x + v - layer.left)
          guard (0..<layer.rows).contains(row), (0..<layer.columns).contains(column) else {
            continue
          }
          body(
            (c * layer.rows + row) * layer.columns + column,
            ((channel * layer.channels + c) * layer.kernel_rows + u) * layer.kernel_columns + v)
        }
      }
    }
  }

  private static func convolution(
    _ lanes: LaneCase, _ image: Int, _ channel: Int, _ y: Int, _ x: Int
  ) -> Double {
    let first = image * lanes.layer.inputSize
    var sum = Double(lanes.bias[channel])
    forEachProduct(lanes.layer, channel, y, x) { input, weight in
      sum += Double(lanes.input[first + input]) * Double(lanes.weights[weight])
    }
    return sum
  }

  private mutating func addGradient(
    _ gradient: Double, _ lanes: LaneCase, _ image: Int, _ channel: Int, _ y: Int, _ x: Int
  ) {
    biasGradient[channel] += gradient
    let first = image * lanes.layer.inputSize
    Self.forEachProduct(lanes.layer, channel, y, x) { input, weight in
      weightGradient[weight] += gradient * Double(lanes.input[first + input])
      inputGradient[first + input] += gradient * Double(lanes.weights[weight])
    }
  }

  /// The largest error of the results, relative to the largest number of each.
  func error(of results: LaneCase.Results) -> Double {
    func error(_ found: [Float], _ exact: [Double]) -> Double {
      guard found.count == exact.count else { return .infinity }
      let size = exact.map(abs).max() ?? 0
      let errors = zip(found, exact).map { abs(Double($0) - $1) }
      if errors.contains(where: \.isNaN) { return .infinity }
      return (errors.max() ?? 0) / max(size, 1)
    }
    return [
      error(results.output, output), error(results.weightGradient, weightGradient),
      error(results.biasGradient, biasGradient), error(results.inputGradient, inputGradient),
    ].max() ?? 0
  }
}
