import CKernels

/// A convolution by the kernels of Winograd's way beside sums in double precision and in float32,
/// of some of the numbers of each result.
struct WinogradCase {
  let set: tandem_winograd_set
  let layer: tandem_winograd_layer
  let block: Int
  /// In blocks of channels, as kernels want them.
  let input: [Float]
  let gradient: [Float]
  let weights: [Float]
  let bias: [Float]

  /// What the kernels compute.
  struct Results {
    var output: [Float]
    var inputGradient: [Float]
    var weightGradient: [Float]
    var biasGradient: [Float]
  }

  /// Errors of one result, root mean squares over its samples: ours, and that of sums in float32.
  struct Errors {
    var own = 0.0
    var direct = 0.0
    var size = 0.0

    mutating func add(_ value: Float, direct: Float, exact: Double) {
      own += (Double(value) - exact) * (Double(value) - exact)
      self.direct += (Double(direct) - exact) * (Double(direct) - exact)
      size += exact * exact
    }

    /// How much larger the error is.
    var ratio: Double { (own / direct).squareRoot() }
    var relative: Double { (own / size).squareRoot() }
  }

  init(_ set: tandem_winograd_set, _ layer: tandem_winograd_layer, seed: Int = 1) {
    self.set = set
    self.layer = layer
    let block = tandem_winograd_block(set)
    self.block = block
    var drawn = seed
    func draw(_ count: Int) -> [Float] {
      drawn += 1
      return Self.draw(count, from: drawn * 1000)
    }
    func maps(_ channels: Int, _ pixels: Int) -> [Float] {
      let blocks = (channels + block - 1) / block
      var values = draw(layer.images * blocks * pixels * block)
      if channels % block == 0 { return values }
      for index in values.indices
      where index / (pixels * block) % blocks * block + index % block >= channels {
        values[index] = 0
      }
      return values
    }
    let isRounded = Self.isRounded(set)
    input = Self.storable(maps(layer.channels, layer.rows * layer.columns), isRounded)
    gradient = Self.storable(
      maps(layer.output_channels, layer.output_rows * layer.output_columns), isRounded)
    let weightCount =
      layer.output_channels * layer.channels / layer.groups * layer.kernel * layer.kernel
    weights = draw(weightCount)
    bias = draw(layer.output_channels)
  }

  /// Sums of two draws from −1 to 1: neither all alike nor with long tails. Their number is a
  /// prime, so that they do not repeat in step with any axis.
  private static let pool: [Float] = {
    var state: UInt32 = 1
    func uniform() -> Float {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) / Float(1 << 23) - 1
    }
    return (0..<65_537).map { _ in uniform() + uniform() }
  }()

  /// Whether maps are in bfloat16.
  static func isRounded(_ set: tandem_winograd_set) -> Bool { set == tandem_winograd_avx512_bf16 }

  /// As maps can have them.
  private static func storable(_ values: [Float], _ isRounded: Bool) -> [Float] {
    guard isRounded else { return values }
    var (rounded, result) = (Array(repeating: UInt16(0), count: values.count), values)
    tandem_bfloat16_from_floats(&rounded, values, values.count)
    tandem_floats_from_bfloat16(&result, rounded, values.count)
    return result
  }

  private static func draw(_ count: Int, from first: Int) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(count)
    var start = first % pool.count
    while values.count < count {
      values += pool[start..<min(pool.count, start + count - values.count)]
      start = 0
    }
    return values
  }

  /// With other values than drawn ones.
  init(
    _ set: tandem_winograd_set, _ layer: tandem_winograd_layer, input: [Float], gradient: [Float],
    weights: [Float], bias: [Float]
  ) {
    self.set = set
    self.layer = layer
    block = tandem_winograd_block(set)
    self.input = input
    self.gradient = gradient
    self.weights = weights
    self.bias = bias
  }

  // MARK: The kernels

  /// - Parameter confusesWeights: takes them in the wrong order, for a test of the tests.
  func run(rectifies: Bool = false, confusesWeights: Bool = false) -> Results {
    var results = Results(
      output: Array(repeating: .nan, count: gradient.count),
      inputGradient: Array(repeating: .nan, count: input.count),
      weightGradient: Array(repeating: .nan, count: weights.count),
      biasGradient: Array(repeating: .nan, count: bias.count))
    let scratch = aligned(
      max(
        tandem_winograd_forward_scratch(set, layer), tandem_winograd_backward_scratch(set, layer),
        tandem_winograd_gradient_scratch(set, layer)))
    let source = aligned(input.count)
    let outputGradient = aligned(gradient.count)
    let result = aligned(max(input.count, gradient.count))
    defer {
      for memory in [scratch, source, outputGradient, result] { memory.deallocate() }
    }
    put(input, source)
    put(gradient, outputGradient)

    tandem_winograd_forward(
      set, source.baseAddress!, confusesWeights ? weights.reversed() : weights, bias, rectifies,
      result.baseAddress!, scratch.baseAddress!, layer)
    results.output = numbers(result, gradient.count)
    tandem_winograd_backward_input(
      set, outputGradient.baseAddress!, weights, result.baseAddress!, scratch.baseAddress!, layer)
    results.inputGradient = numbers(result, input.count)
    tandem_winograd_backward_parameters(
      set, source.baseAddress!, outputGradient.baseAddress!, &results.weightGradient,
      &results.biasGradient, scratch.baseAddress!, layer)
    return results
  }

  private func put(_ values: [Float], _ memory: UnsafeMutableBufferPointer<Float>) {
    if Self.isRounded(set) {
      UnsafeMutableRawBufferPointer(memory).withMemoryRebound(to: tandem_bfloat16.self) {
        tandem_bfloat16_from_floats($0.baseAddress!, values, values.count)
      }
    } else {
      _ = memory.update(fromContentsOf: values)
    }
  }

  private func numbers(_ memory: UnsafeMutableBufferPointer<Float>, _ count: Int) -> [Float] {
    guard Self.isRounded(set) else { return Array(memory.prefix(count)) }
    var values = Array(repeating: Float.nan, count: count)
    UnsafeRawBufferPointer(memory).withMemoryRebound(to: tandem_bfloat16.self) {
      tandem_floats_from_bfloat16(&values, $0.baseAddress!, count)
    }
    return values
  }

  private func aligned(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: count * MemoryLayout<Float>.size, alignment: 64
    ).bindMemory(to: Float.self)
    // Whatever is read before it is written shows.
    memory.initialize(repeating: .nan)
    return memory
  }

  // MARK: Places

  /// Of an element of the input, or of the output.
  func place(_ image: Int, _ channel: Int, _ row: Int, _ column: Int, ofOutput: Bool) -> Int {
    let (channels, rows, columns) =
      ofOutput
      ? (layer.output_channels, layer.output_rows, layer.output_columns)
      : (layer.channels, layer.rows, layer.columns)
    let blocks = (channels + block - 1) / block
    return (((image * blocks + channel / block) * rows + row) * columns + column) * block
      + channel % block
  }

  private var inputsOfGroup: Int { layer.channels / layer.groups }
  private var outputsOfGroup: Int { layer.output_channels / layer.groups }

  private func weight(_ output: Int, _ input: Int, _ u: Int, _ v: Int) -> Int {
    ((output * inputsOfGroup + input) * layer.kernel + u) * layer.kernel + v
  }

  // MARK: Samples

  /// Errors of the output (without ReLU), the gradient of the input and that of the weights.
  func errors(_ results: Results, samples: Int) -> (output: Errors, input: Errors, weights: Errors)
  {
    var errors = (output: Errors(), input: Errors(), weights: Errors())
    var state: UInt32 = 7
    func random(_ count: Int) -> Int {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Int(state >> 8) % count
    }
    for _ in 0..<samples {
      let image = random(layer.images)
      let output = (
        random(layer.output_channels), random(layer.output_rows), random(layer.output_columns)
      )
      let found = results.output[place(image, output.0, output.1, output.2, ofOutput: true)]
      let sums = outputSums(image, output)
      errors.output.add(found, direct: sums.direct, exact: sums.exact)

      let input = (random(layer.channels), random(layer.rows), random(layer.columns))
      let foundInput = results.inputGradient[
        place(image, input.0, input.1, input.2, ofOutput: false)]
      let inputSums = inputSums(image, input)
      errors.input.add(foundInput, direct: inputSums.direct, exact: inputSums.exact)

      let kernel = (
        random(layer.output_channels), random(inputsOfGroup), random(layer.kernel),
        random(layer.kernel)
      )
      let foundWeight = results.weightGradient[weight(kernel.0, kernel.1, kernel.2, kernel.3)]
      let weightSums = weightSums(kernel)
      errors.weights.add(foundWeight, direct: weightSums.direct, exact: weightSums.exact)
    }
    return errors
  }

  typealias Sums = (direct: Float, exact: Double)

  private func outputSums(_ image: Int, _ at: (channel: Int, row: Int, column: Int)) -> Sums {
    var direct = bias[at.channel]
    var exact = Double(bias[at.channel])
    let first = at.channel / outputsOfGroup * inputsOfGroup
    for c in 0..<inputsOfGroup {
      for u in 0..<layer.kernel {
        let row = at.row + u - layer.top
        if row < 0 || row >= layer.rows { continue }
        for v in 0..<layer.kernel {
          let column = at.column + v - layer.left
          if column < 0 || column >= layer.columns { continue }
          let x = input[place(image, first + c, row, column, ofOutput: false)]
          let w = weights[weight(at.channel, c, u, v)]
          direct.addProduct(x, w)
          exact += Double(x) * Double(w)
        }
      }
    }
    return (direct, exact)
  }

  private func inputSums(_ image: Int, _ at: (channel: Int, row: Int, column: Int)) -> Sums {
    var direct: Float = 0
    var exact = 0.0
    let group = at.channel / inputsOfGroup
    for o in group * outputsOfGroup..<(group + 1) * outputsOfGroup {
      for u in 0..<layer.kernel {
        let row = at.row - u + layer.top
        if row < 0 || row >= layer.output_rows { continue }
        for v in 0..<layer.kernel {
          let column = at.column - v + layer.left
          if column < 0 || column >= layer.output_columns { continue }
          let dy = gradient[place(image, o, row, column, ofOutput: true)]
          let w = weights[weight(o, at.channel % inputsOfGroup, u, v)]
          direct.addProduct(dy, w)
          exact += Double(dy) * Double(w)
        }
      }
    }
    return (direct, exact)
  }

  private func weightSums(_ at: (output: Int, input: Int, u: Int, v: Int)) -> Sums {
    var direct: Float = 0
    var exact = 0.0
    let channel = at.output / outputsOfGroup * inputsOfGroup + at.input
    for image in 0..<layer.images {
      for i in 0..<layer.output_rows {
        let row = i + at.u - layer.top
        if row < 0 || row >= layer.rows { continue }
        for j in 0..<layer.output_columns {
          let column = j + at.v - layer.left
          if column < 0 || column >= layer.columns { continue }
          let x = input[place(image, channel, row, column, ofOutput: false)]
          let dy = gradient[place(image, at.output, i, j, ofOutput: true)]
          direct.addProduct(x, dy)
          exact += Double(x) * Double(dy)
        }
      }
    }
    return (direct, exact)
  }
}
