import Foundation

/// Where the window of a convolution or pooling goes: the attributes that both have.
struct ONNXWindows {
  let kernel: [Int]
  let strides: [Int]
  let pads: [Int]

  init(_ kernel: [Int]?, _ strides: [Int]?, _ pads: [Int]?) {
    self.kernel = kernel ?? [1, 1]
    self.strides = strides ?? [1, 1]
    self.pads = pads ?? [0, 0, 0, 0]
  }

  func outputLength(_ axis: Int, _ input: Int) -> Int {
    (input + pads[axis] + pads[axis + 2] - kernel[axis]) / strides[axis] + 1
  }
}

extension ONNXEvaluator {
  static func pooled(
    _ x: ONNXValue, _ windows: ONNXWindows, _ body: ([Double], _ positions: Int) -> Double
  ) -> ONNXValue {
    let (height, width) = (x.shape[2], x.shape[3])
    let (rows, columns) = (windows.outputLength(0, height), windows.outputLength(1, width))
    var output: [Double] = []
    for map in 0..<x.shape[0] * x.shape[1] {
      for row in 0..<rows {
        for column in 0..<columns {
          var values: [Double] = []
          for r in 0..<windows.kernel[0] {
            for c in 0..<windows.kernel[1] {
              let y = row * windows.strides[0] + r - windows.pads[0]
              let z = column * windows.strides[1] + c - windows.pads[1]
              guard (0..<height).contains(y), (0..<width).contains(z) else { continue }
              values.append(x.elements[(map * height + y) * width + z])
            }
          }
          output.append(body(values, windows.kernel[0] * windows.kernel[1]))
        }
      }
    }
    return ONNXValue([x.shape[0], x.shape[1], rows, columns], output)
  }

  static func convolution(
    _ x: ONNXValue, _ weights: ONNXValue, bias: [Double]?, _ windows: ONNXWindows, groups: Int
  ) -> ONNXValue {
    let (channels, height, width) = (x.shape[1], x.shape[2], x.shape[3])
    let (rows, columns) = (windows.outputLength(0, height), windows.outputLength(1, width))
    let outputs = weights.shape[0]
    let inputsOfGroup = channels / groups
    precondition(weights.shape[1] == inputsOfGroup)
    var output = [Double](repeating: 0, count: x.shape[0] * outputs * rows * columns)
    x.elements.withUnsafeBufferPointer { pixels in
      weights.elements.withUnsafeBufferPointer { weights in
        for index in output.indices {
          let column = index % columns
          let row = index / columns % rows
          let map = index / (columns * rows) % outputs
          let image = index / (columns * rows * outputs)
          let first = map / (outputs / groups) * inputsOfGroup
          var sum = bias?[map] ?? 0
          for channel in 0..<inputsOfGroup {
            for r in 0..<windows.kernel[0] {
              let y = row * windows.strides[0] + r - windows.pads[0]
              guard y >= 0, y < height else { continue }
              for c in 0..<windows.kernel[1] {
                let z = column * windows.strides[1] + c - windows.pads[1]
                guard z >= 0, z < width else { continue }
                let pixel = ((image * channels + first + channel) * height + y) * width + z
                let weight =
                  ((map * inputsOfGroup + channel) * windows.kernel[0] + r) * windows.kernel[1] + c
                sum += pixels[pixel] * weights[weight]
              }
            }
          }
          output[index] = sum
        }
      }
    }
    return ONNXValue([x.shape[0], outputs, rows, columns], output)
  }

  /// x / (bias + alpha / size · Σ x²)^beta
  static func lrn(
    _ x: ONNXValue, _ size: Int, _ alpha: Double?, _ beta: Double?, _ bias: Double?
  ) -> ONNXValue {
    let channels = x.shape[1]
    let plane = x.shape[2] * x.shape[3]
    let (alpha, beta, bias) = (alpha ?? 1e-4, beta ?? 0.75, bias ?? 1)
    return ONNXValue(
      x.shape,
      x.elements.indices.map { index in
        let channel = index / plane % channels
        let window =
          max(0, channel - (size - 1) / 2)...min(channels - 1, channel + size / 2)
        let squares = window.reduce(0.0) { sum, other in
          let value = x.elements[index + (other - channel) * plane]
          return sum + value * value
        }
        return x.elements[index] / pow(bias + alpha / Double(size) * squares, beta)
      })
  }

  static func concatenated(_ values: [ONNXValue], axis: Int) -> ONNXValue {
    let outer = values[0].shape[..<axis].reduce(1, *)
    var elements: [Double] = []
    for index in 0..<outer {
      for value in values {
        let length = value.elements.count / outer
        elements += value.elements[index * length..<(index + 1) * length]
      }
    }
    var shape = values[0].shape
    shape[axis] = values.reduce(0) { $0 + $1.shape[axis] }
    return ONNXValue(shape, elements)
  }

  static func padded(_ x: ONNXValue, _ pads: [Int]) -> ONNXValue {
    let rank = x.shape.count
    let shape = (0..<rank).map { x.shape[$0] + pads[$0] + pads[$0 + rank] }
    var result = ONNXValue(shape, Array(repeating: 0, count: shape.reduce(1, *)))
    for index in x.elements.indices {
      var rest = index
      var place = 0
      var step = 1
      for axis in (0..<rank).reversed() {
        place += (rest % x.shape[axis] + pads[axis]) * step
        rest /= x.shape[axis]
        step *= shape[axis]
      }
      result.elements[place] = x.elements[index]
    }
    return result
  }

  /// - Parameter limits: starts, ends, axes and steps.
  static func sliced(_ x: ONNXValue, _ limits: [[Int]]) -> ONNXValue {
    var kept = x.shape.map { Array(0..<$0) }
    for (index, axis) in limits[2].enumerated() {
      kept[axis] = Array(
        stride(
          from: limits[0][index], to: min(limits[1][index], x.shape[axis]),
          by: limits[3][index]))
    }
    let shape = kept.map(\.count)
    let elements = (0..<shape.reduce(1, *)).map { index in
      var rest = index
      var place = 0
      var step = 1
      for axis in x.shape.indices.reversed() {
        place += kept[axis][rest % shape[axis]] * step
        rest /= shape[axis]
        step *= x.shape[axis]
      }
      return x.elements[place]
    }
    return ONNXValue(shape, elements)
  }
}
