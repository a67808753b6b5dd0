import CKernels

/// A convolution of 1×1 by our kernels beside sums in double precision.
struct PointwiseCase {
  let layer: tandem_pointwise_layer
  /// In blocks of channels, filled up with zeros, as kernels want them.
  let input: [Float]
  let gradient: [Float]
  /// `[O, C]`.
  var weights: [Float]
  let bias: [Float]

  static let block = tandem_pointwise_block

  struct Results {
    var output: [Float]
    var inputGradient: [Float]
    var weightGradient: [Float]
    var biasGradient: [Float]
    /// Whether nothing was written behind the end of any.
    var isIntact: Bool
  }

  init(
    images: Int, channels: Int, outputs: Int, rows: Int, columns: Int, stride: Int = 1,
    seed: UInt32 = 1
  ) {
    layer = tandem_pointwise_layer(
      images: images, channels: channels, rows: rows, columns: columns, output_channels: outputs,
      output_rows: (rows - 1) / stride + 1, output_columns: (columns - 1) / stride + 1,
      stride: stride)
    var state = seed
    func draw(_ count: Int) -> [Float] {
      (0..<count).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return Float(state >> 8) / Float(1 << 23) - 1
      }
    }
    func maps(_ channels: Int, _ pixels: Int) -> [Float] {
      let blocks = (channels + Self.block - 1) / Self.block
      var values = draw(images * blocks * pixels * Self.block)
      for index in values.indices
      where index / (pixels * Self.block) % blocks * Self.block + index % Self.block >= channels {
        values[index] = 0
      }
      return values
    }
    input = maps(channels, rows * columns)
    gradient = maps(outputs, layer.output_rows * layer.output_columns)
    weights = draw(outputs * channels)
    bias = draw(outputs)
  }

  /// With another input, and another gradient of the output.
  init(_ other: PointwiseCase, input: [Float], gradient: [Float]? = nil) {
    (layer, weights, bias) = (other.layer, other.weights, other.bias)
    self.input = input
    self.gradient = gradient ?? other.gradient
  }

  /// The first image alone.
  var firstImage: PointwiseCase {
    var alone = layer
    alone.images = 1
    return PointwiseCase(
      layer: alone, input: Array(input.prefix(input.count / layer.images)),
      gradient: Array(gradient.prefix(gradient.count / layer.images)), weights: weights, bias: bias)
  }

  private init(
    layer: tandem_pointwise_layer, input: [Float], gradient: [Float], weights: [Float],
    bias: [Float]
  ) {
    (self.layer, self.input, self.gradient) = (layer, input, gradient)
    (self.weights, self.bias) = (weights, bias)
  }

  // MARK: The kernels

  func run(rectifies: Bool = false, hasBias: Bool = true) -> Results {
    let (channels, outputs) = (layer.channels, layer.output_channels)
    func filled(_ values: [Float]) -> GuardedFloats {
      let memory = GuardedFloats(values.count)
      memory.base.update(from: values, count: values.count)
      return memory
    }
    let (source, outputGradient) = (filled(input), filled(gradient))
    let packed = GuardedFloats(tandem_pointwise_weights(channels, outputs))
    var used = [source, outputGradient, packed]
    func memory(_ count: Int) -> GuardedFloats {
      used.append(GuardedFloats(count))
      return used[used.count - 1]
    }

    tandem_pointwise_pack_forward(weights, packed.base, channels, outputs)
    let output = memory(gradient.count)
    tandem_pointwise_forward(
      source.base, packed.base, hasBias ? bias : nil, rectifies, output.base,
      memory(tandem_pointwise_forward_scratch(layer)).base, layer)

    tandem_pointwise_pack_backward(weights, packed.base, channels, outputs)
    let inputGradient = memory(input.count)
    tandem_pointwise_backward_input(
      outputGradient.base, packed.base, inputGradient.base,
      memory(tandem_pointwise_backward_scratch(layer)).base, layer)

    let (weightGradient, biasGradient) = (memory(weights.count), memory(bias.count))
    tandem_pointwise_backward_parameters(
      source.base, outputGradient.base, weightGradient.base, hasBias ? biasGradient.base : nil,
      memory(tandem_pointwise_gradient_scratch(layer)).base, layer)
    return Results(
      output: Array(output.numbers), inputGradient: Array(inputGradient.numbers),
      weightGradient: Array(weightGradient.numbers), biasGradient: Array(biasGradient.numbers),
      isIntact: used.allSatisfy(\.isIntact))
  }

  // MARK: Sums in double precision

  /// A result and, for each number, the sum of the sizes of its terms.
  struct Sums {
    var values: [Double]
    var sizes: [Double]

    init(_ count: Int) {
      values = Array(repeating: 0, count: count)
      sizes = values
    }

    mutating func add(_ term: Double, at index: Int) {
      values[index] += term
      sizes[index] += abs(term)
    }

    /// The largest error relative to the sum of its terms' sizes: at most some times 2⁻²⁴ for sums
    /// in float32. Infinite where a number is none.
    func largestError(of found: [Float]) -> Double {
      zip(found, zip(values, sizes)).reduce(0) { largest, next in
        let (value, (exact, size)) = next
        let difference = abs(Double(value) - exact)
        if difference == 0 { return largest }
        return max(largest, difference.isNaN || size == 0 ? .infinity : difference / size)
      }
    }
  }

  func sums() -> (output: Sums, input: Sums, weights: Sums, bias: Sums) {
    var output = Sums(gradient.count)
    var inputGradient = Sums(input.count)
    var weightGradient = Sums(weights.count)
    var biasGradient = Sums(bias.count)
    for image in 0..<layer.images {
      for row in 0..<layer.output_rows {
        for column in 0..<layer.output_columns {
          for o in 0..<layer.output_channels {
            let made = place(image, o, row, column, ofOutput: true)
            let dy = Double(gradient[made])
            output.add(Double(bias[o]), at: made)
            biasGradient.add(dy, at: o)
            for c in 0..<layer.channels {
              let seen = place(
                image, c, row * layer.stride, column * layer.stride, ofOutput: false)
              let weight = o * layer.channels + c
              output.add(Double(input[seen]) * Double(weights[weight]), at: made)
              inputGradient.add(dy * Double(weights[weight]), at: seen)
              weightGradient.add(dy * Double(input[seen]), at: weight)
            }
          }
        }
      }
    }
    return (output, inputGradient, weightGradient, biasGradient)
  }

  /// Of an element of the input, or of the output.
  func place(_ image: Int, _ channel: Int, _ row: Int, _ column: Int, ofOutput: Bool) -> Int {
    let (channels, rows, columns) =
      ofOutput
      ? (layer.output_channels, layer.output_rows, layer.output_columns)
      : (layer.channels, layer.rows, layer.columns)
    let blocks = (channels + Self.block - 1) / Self.block
    let map = image * blocks + channel / Self.block
    return ((map * rows + row) * columns + column) * Self.block + channel % Self.block
  }
}
