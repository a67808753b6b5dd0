import CKernels

/// A convolution with a stride by phases beside sums in double precision and in float32, by its
/// definition.
struct PhaseCase {
  let set: tandem_winograd_set
  let layer: tandem_phases_layer
  let block: Int
  /// `[N, C, H, W]`.
  let input: [Float]
  /// In blocks of channels, filled up with zeros.
  let gradient: [Float]
  /// `[O, C, K, K]`.
  let weights: [Float]
  let bias: [Float]

  /// In float32, whatever the kernels compute.
  struct Results {
    var output: [Float]
    var inputGradient: [Float]
    var weightGradient: [Float]
    var biasGradient: [Float]
    /// Whether nothing was written behind the end of any memory.
    var isIntact: Bool
  }

  init(_ set: tandem_winograd_set, _ layer: tandem_phases_layer) {
    self.set = set
    self.layer = layer
    let block = tandem_winograd_block(set)
    self.block = block
    var state: UInt32 = 1
    func draw(_ count: Int) -> [Float] {
      (0..<count).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return Float(state >> 8) / Float(1 << 23) - 1
      }
    }
    let isRounded = Self.isRounded(set)
    let pixels = layer.output_rows * layer.output_columns
    let blocks = (layer.output_channels + block - 1) / block
    input = Self.storable(
      draw(layer.images * layer.channels * layer.rows * layer.columns), isRounded)
    var gradient = draw(layer.images * blocks * pixels * block)
    for index in gradient.indices
    where index / (pixels * block) % blocks * block + index % block >= layer.output_channels {
      gradient[index] = 0
    }
    self.gradient = Self.storable(gradient, isRounded)
    weights = draw(layer.output_channels * layer.channels * layer.kernel * layer.kernel)
    bias = draw(layer.output_channels)
  }

  private init(_ other: PhaseCase, layer: tandem_phases_layer, input: [Float], gradient: [Float]) {
    (set, block, weights, bias) = (other.set, other.block, other.weights, other.bias)
    (self.layer, self.input, self.gradient) = (layer, input, gradient)
  }

  /// With another input.
  func with(input: [Float]) -> PhaseCase {
    PhaseCase(self, layer: layer, input: input, gradient: gradient)
  }

  /// The first image alone.
  var firstImage: PhaseCase {
    var alone = layer
    alone.images = 1
    return PhaseCase(
      self, layer: alone, input: Array(input.prefix(input.count / layer.images)),
      gradient: Array(gradient.prefix(gradient.count / layer.images)))
  }

  /// Whether the output and its gradient are in bfloat16.
  static func isRounded(_ set: tandem_winograd_set) -> Bool { set == tandem_winograd_avx512_bf16 }

  private static func storable(_ values: [Float], _ isRounded: Bool) -> [Float] {
    guard isRounded else { return values }
    var (rounded, result) = (Array(repeating: UInt16(0), count: values.count), values)
    tandem_bfloat16_from_floats(&rounded, values, values.count)
    tandem_floats_from_bfloat16(&result, rounded, values.count)
    return result
  }

  // MARK: The kernels

  func run(rectifies: Bool = false, hasBias: Bool = true) -> Results {
    var used: [GuardedFloats] = []
    func memory(_ count: Int) -> GuardedFloats {
      used.append(GuardedFloats(count))
      return used[used.count - 1]
    }
    let source = memory(input.count)
    source.base.update(from: input, count: input.count)
    let outputGradient = memory(gradient.count)
    if Self.isRounded(set) {
      outputGradient.base.withMemoryRebound(to: UInt16.self, capacity: gradient.count) {
        tandem_bfloat16_from_floats($0, gradient, gradient.count)
      }
    } else {
      outputGradient.base.update(from: gradient, count: gradient.count)
    }

    let output = memory(gradient.count)
    tandem_phases_forward(
      set, source.base, weights, hasBias ? bias : nil, rectifies, output.base,
      memory(tandem_phases_forward_scratch(set, layer)).base, layer)
    let inputGradient = memory(input.count)
    tandem_phases_backward_input(
      set, outputGradient.base, weights, inputGradient.base,
      memory(tandem_phases_backward_scratch(set, layer)).base, layer)
    let (weightGradient, biasGradient) = (memory(weights.count), memory(bias.count))
    tandem_phases_backward_parameters(
      set, source.base, outputGradient.base, weightGradient.base,
      hasBias ? biasGradient.base : nil, memory(tandem_phases_gradient_scratch(set, layer)).base,
      layer)
    return Results(
      output: mapNumbers(output), inputGradient: Array(inputGradient.numbers),
      weightGradient: Array(weightGradient.numbers), biasGradient: Array(biasGradient.numbers),
      isIntact: used.allSatisfy(\.isIntact))
  }

  private func mapNumbers(_ memory: GuardedFloats) -> [Float] {
    guard Self.isRounded(set) else { return Array(memory.numbers) }
    var values = Array(repeating: Float.nan, count: memory.count)
    memory.base.withMemoryRebound(to: UInt16.self, capacity: memory.count) {
      tandem_floats_from_bfloat16(&values, $0, memory.count)
    }
    return values
  }

  // MARK: By the definition

  /// Sums of all numbers of one result.
  struct Sums {
    var direct: [Float]
    var exact: [Double]

    init(_ count: Int) {
      direct = Array(repeating: 0, count: count)
      exact = Array(repeating: 0, count: count)
    }

    mutating func add(_ a: Float, _ b: Float, at index: Int) {
      direct[index].addProduct(a, b)
      exact[index] += Double(a) * Double(b)
    }

    func errors(of found: [Float]) -> WinogradCase.Errors {
      var errors = WinogradCase.Errors()
      for index in found.indices {
        errors.add(found[index], direct: direct[index], exact: exact[index])
      }
      return errors
    }
  }

  func sums() -> (output: Sums, input: Sums, weights: Sums, bias: Sums) {
    var (output, inputSums) = (Sums(gradient.count), Sums(input.count))
    var (weightSums, biasSums) = (Sums(weights.count), Sums(bias.count))
    for image in 0..<layer.images {
      for o in 0..<layer.output_channels {
        for i in 0..<layer.output_rows {
          for j in 0..<layer.output_columns {
            let made = outputPlace(image, o, i, j)
            let dy = gradient[made]
            output.add(bias[o], 1, at: made)
            biasSums.add(dy, 1, at: o)
            forEachTerm(image, i, j) { seen, element in
              let weight = o * layer.channels * layer.kernel * layer.kernel + element
              output.add(input[seen], weights[weight], at: made)
              inputSums.add(dy, weights[weight], at: seen)
              weightSums.add(dy, input[seen], at: weight)
            }
          }
        }
      }
    }
    return (output, inputSums, weightSums, biasSums)
  }

  /// Calls with the place of an element of the input, and that of its weight among an output's.
  private func forEachTerm(_ image: Int, _ i: Int, _ j: Int, _ body: (Int, Int) -> Void) {
    for c in 0..<layer.channels {
      for u in 0..<layer.kernel {
        let row = i * layer.stride + u - layer.top
        if row < 0 || row >= layer.rows { continue }
        for v in 0..<layer.kernel {
          let column = j * layer.stride + v - layer.left
          if column < 0 || column >= layer.columns { continue }
          body(
            inputPlace(image, c, row, column), (c * layer.kernel + u) * layer.kernel + v)
        }
      }
    }
  }

  func inputPlace(_ image: Int, _ channel: Int, _ row: Int, _ column: Int) -> Int {
    ((image * layer.channels + channel) * layer.rows + row) * layer.columns + column
  }

  func outputPlace(_ image: Int, _ channel: Int, _ row: Int, _ column: Int) -> Int {
    let blocks = (layer.output_channels + block - 1) / block
    let map = image * blocks + channel / block
    return ((map * layer.output_rows + row) * layer.output_columns + column) * block
      + channel % block
  }
}
