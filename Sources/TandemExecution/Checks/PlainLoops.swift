import COneDNN
import Foundation

/// What operations compute, by plain loops over tensors in plain order, in double precision.
enum PlainLoops {
  // MARK: Convolutions

  /// Sizes of a convolution: maps `[N, G·C, H, W]` and `[N, G·O, H', W']`, weights `[G, O, C, KH,
  /// KW]`; and each value of its three passes, by its place in plain order.
  struct Convolution {
    let images: Int
    let groups: Int
    let inputs: Int
    let outputs: Int
    private let maps: Maps

    init(source: [Int], weights: [Int], destination: [Int], _ window: onednn_window) {
      let shape = weights.count == 5 ? weights : [1] + weights
      images = source[0]
      (groups, outputs, inputs) = (shape[0], shape[1], shape[2])
      maps = Maps(source: source, destination: destination, window)
    }

    private var kernelArea: Int { maps.kernel.height * maps.kernel.width }
    private var inputArea: Int { maps.height * maps.width }
    private var outputArea: Int { maps.outputHeight * maps.outputWidth }

    /// Products in each value of a pass.
    var outputTerms: Int { inputs * kernelArea }
    var inputGradientTerms: Int { outputs * kernelArea }
    var weightsGradientTerms: Int { images * outputArea }

    /// Σ x·w over the window of an output, without bias.
    func output(_ place: Int, _ x: [Double], _ w: [Double]) -> Double {
      let (map, pixel) = place.quotientAndRemainder(dividingBy: outputArea)
      let (image, channel) = map.quotientAndRemainder(dividingBy: groups * outputs)
      let start = (image * groups + channel / outputs) * inputs * inputArea
      var sum = 0.0
      maps.forEachInput(of: pixel) { input, weight in
        for c in 0..<inputs {
          sum += x[start + c * inputArea + input] * w[(channel * inputs + c) * kernelArea + weight]
        }
      }
      return sum
    }

    /// Σ dy·w over the outputs whose windows an input is in.
    func inputGradient(_ place: Int, _ dy: [Double], _ w: [Double]) -> Double {
      let (map, pixel) = place.quotientAndRemainder(dividingBy: inputArea)
      let (image, channel) = map.quotientAndRemainder(dividingBy: groups * inputs)
      let (group, c) = channel.quotientAndRemainder(dividingBy: inputs)
      let start = (image * groups + group) * outputs * outputArea
      var sum = 0.0
      maps.forEachOutput(of: pixel) { output, weight in
        for o in 0..<outputs {
          sum +=
            dy[start + o * outputArea + output]
            * w[((group * outputs + o) * inputs + c) * kernelArea + weight]
        }
      }
      return sum
    }

    /// Σ x·dy over images and pixels.
    func weightsGradient(_ place: Int, _ x: [Double], _ dy: [Double]) -> Double {
      let (pair, weight) = place.quotientAndRemainder(dividingBy: kernelArea)
      let (channel, c) = pair.quotientAndRemainder(dividingBy: inputs)
      var sum = 0.0
      maps.forEachPixel(of: weight) { input, output in
        for image in 0..<images {
          let xMap = (image * groups + channel / outputs) * inputs + c
          let dyMap = image * groups * outputs + channel
          sum += x[xMap * inputArea + input] * dy[dyMap * outputArea + output]
        }
      }
      return sum
    }
  }

  /// A window that slides over maps.
  struct Maps {
    let height: Int
    let width: Int
    let outputHeight: Int
    let outputWidth: Int
    let kernel: (height: Int, width: Int)
    private let window: onednn_window

    init(source: [Int], destination: [Int], _ window: onednn_window) {
      (height, width) = (source[2], source[3])
      (outputHeight, outputWidth) = (destination[2], destination[3])
      kernel = (Int(window.kernel.0), Int(window.kernel.1))
      self.window = window
    }

    /// Calls with the places in a map of the source and in the window, for those that are not
    /// padding.
    func forEachInput(of output: Int, _ body: (_ input: Int, _ weight: Int) -> Void) {
      let (i, j) = output.quotientAndRemainder(dividingBy: outputWidth)
      for u in 0..<kernel.height {
        guard let row = row(i, u) else { continue }
        for v in 0..<kernel.width {
          guard let column = column(j, v) else { continue }
          body(row * width + column, u * kernel.width + v)
        }
      }
    }

    /// The outputs whose windows an input is in, and its place there.
    func forEachOutput(of input: Int, _ body: (_ output: Int, _ weight: Int) -> Void) {
      let (row, column) = input.quotientAndRemainder(dividingBy: width)
      for u in 0..<kernel.height {
        for i in 0..<outputHeight where self.row(i, u) == row {
          for v in 0..<kernel.width {
            for j in 0..<outputWidth where self.column(j, v) == column {
              body(i * outputWidth + j, u * kernel.width + v)
            }
          }
        }
      }
    }

    /// What one weight of a window is multiplied with for each output.
    func forEachPixel(of weight: Int, _ body: (_ input: Int, _ output: Int) -> Void) {
      let (u, v) = weight.quotientAndRemainder(dividingBy: kernel.width)
      for i in 0..<outputHeight {
        guard let row = row(i, u) else { continue }
        for j in 0..<outputWidth {
          guard let column = column(j, v) else { continue }
          body(row * width + column, i * outputWidth + j)
        }
      }
    }

    /// nil in the padding.
    private func row(_ i: Int, _ u: Int) -> Int? {
      let row = i * Int(window.stride.0) + u - Int(window.padding_before.0)
      return row >= 0 && row < height ? row : nil
    }

    private func column(_ j: Int, _ v: Int) -> Int? {
      let column = j * Int(window.stride.1) + v - Int(window.padding_before.1)
      return column >= 0 && column < width ? column : nil
    }
  }

  // MARK: Pooling

  static func pooling(
    _ kind: onednn_pooling, _ maps: Maps, _ x: [Double], planes: Int
  ) -> [Double] {
    let input = maps.height * maps.width
    return values(planes, maps.outputHeight * maps.outputWidth) { plane, output in
      var window: [Double] = []
      maps.forEachInput(of: output) { place, _ in window.append(x[plane * input + place]) }
      if kind == onednn_pooling_max { return window.reduce(-.infinity, max) }
      return window.reduce(0, +) / divisor(kind, maps, output)
    }
  }

  static func poolingBackward(
    _ kind: onednn_pooling, _ maps: Maps, _ x: [Double], gradient: [Double], planes: Int
  ) -> [Double] {
    let (input, output) = (maps.height * maps.width, maps.outputHeight * maps.outputWidth)
    var dx = Array(repeating: 0.0, count: planes * input)
    for plane in 0..<planes {
      for o in 0..<output {
        let dy = gradient[plane * output + o]
        var winner: Int?
        maps.forEachInput(of: o) { place, _ in
          let i = plane * input + place
          if kind != onednn_pooling_max {
            dx[i] += dy / divisor(kind, maps, o)
          } else if winner.map({ x[i] > x[$0] }) ?? true {
            winner = i
          }
        }
        if let winner { dx[winner] += dy }
      }
    }
    return dx
  }

  private static func values(
    _ planes: Int, _ pixels: Int, _ value: (_ plane: Int, _ pixel: Int) -> Double
  ) -> [Double] {
    (0..<planes).flatMap { plane in (0..<pixels).map { value(plane, $0) } }
  }

  /// The divisor of the mean of a window.
  private static func divisor(_ kind: onednn_pooling, _ maps: Maps, _ output: Int) -> Double {
    if kind == onednn_pooling_average_include_padding {
      return Double(maps.kernel.height * maps.kernel.width)
    }
    var count = 0.0
    maps.forEachInput(of: output) { _, _ in count += 1 }
    return count
  }

  // MARK: Elementwise and along an axis

  static func activation(_ kind: Activation?, _ x: Double) -> Double {
    switch kind {
    case nil: x
    case .relu: max(x, 0)
    case .tanh: tanh(x)
    case .sigmoid: 1 / (1 + exp(-x))
    }
  }

  /// f′(x) from y = f(x).
  static func derivative(_ kind: Activation, _ y: Double) -> Double {
    switch kind {
    case .relu: y > 0 ? 1 : 0
    case .tanh: 1 - y * y
    case .sigmoid: y * (1 - y)
    }
  }

  /// Rows `[N, F]`.
  static func softmax(_ x: [Double], features: Int) -> [Double] {
    stride(from: 0, to: x.count, by: features).flatMap { start in
      let powers = x[start..<start + features].map { exp($0) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
  }

  static func softmaxBackward(_ y: [Double], gradient: [Double], features: Int) -> [Double] {
    stride(from: 0, to: y.count, by: features).flatMap { start in
      let row = start..<start + features
      let mean = row.reduce(0) { $0 + gradient[$1] * y[$1] }
      return row.map { y[$0] * (gradient[$0] - mean) }
    }
  }
}
