import CKernels
import TandemTensor

/// A convolution, an activation and a pooling by the kernels in lane order, with drawn values.
struct LaneCase {
  let layer: tandem_lane_layer
  /// `[images][features]`, as all maps here.
  var input: [Float]
  let gradient: [Float]
  var weights: [Float]
  var bias: [Float]

  /// What the kernels compute; of the winners and the activation what lane order has.
  struct Results {
    var output: [Float] = []
    var weightGradient: [Float] = []
    var biasGradient: [Float] = []
    var inputGradient: [Float] = []
    var winners: [UInt8] = []
    var activation: [Float] = []
    /// Whether idle lanes are as `lanes.h` says, and nothing was written outside of the memory.
    var isSound = true
  }

  static func form(
    images: Int, channels: Int, rows: Int, columns: Int, outputs: Int, kernel: Int = 3,
    top: Int = 0, bottom: Int = 0, left: Int = 0, right: Int = 0,
    activation: tandem_lane_activation, pooling: tandem_lane_pooling,
    window: (rows: Int, columns: Int) = (2, 2)
  ) -> tandem_lane_layer {
    let pools = pooling != tandem_lane_pooling_none
    return tandem_lane_layer(
      images: images, channels: channels, rows: rows, columns: columns, output_channels: outputs,
      output_rows: rows + top + bottom + 1 - kernel,
      output_columns: columns + left + right + 1 - kernel, kernel_rows: kernel,
      kernel_columns: kernel, top: top, left: left, activation: activation, pooling: pooling,
      window_rows: pools ? window.rows : 1, window_columns: pools ? window.columns : 1,
      set: tandem_instructions_avx512)
  }

  init(_ layer: tandem_lane_layer) {
    self.layer = layer
    var random = CounterRandom(seed: 5, purpose: .test).sequence(0)
    func draw(_ count: Int) -> [Float] { (0..<count).map { _ in random.normal() } }
    weights = draw(layer.weightCount)
    bias = draw(layer.output_channels)
    // Behind what does not depend on the images: more of them begin with the same ones.
    var images = CounterRandom(seed: 6, purpose: .test).sequence(0)
    var input: [Float] = []
    var gradient: [Float] = []
    for _ in 0..<layer.images {
      input += (0..<layer.inputSize).map { _ in images.normal() }
      gradient += (0..<layer.outputSize).map { _ in images.normal() }
    }
    self.input = input
    self.gradient = gradient
  }

  func run() -> Results {
    var results = Results()
    let blocks = tandem_lane_blocks(layer.images)
    let source = lanes(input, layer.inputSize)
    let outputGradient = lanes(gradient, layer.outputSize)
    let output = GuardedFloats(blocks * 16 * layer.outputSize)
    let keepsActivation =
      layer.pooling == tandem_lane_pooling_average
      && layer.activation != tandem_lane_activation_none
    let activation = GuardedFloats(keepsActivation ? blocks * 16 * layer.activationSize : 0)
    let keepsWinners = layer.pooling == tandem_lane_pooling_max
    let winners = GuardedFloats(keepsWinners ? blocks * 4 * layer.outputSize : 0)
    let memory = tandem_lane_memory(
      output: output.base, activation: keepsActivation ? activation.base : nil,
      winners: keepsWinners
        ? UnsafeMutableRawPointer(winners.base).assumingMemoryBound(to: UInt8.self) : nil)
    let packed = GuardedFloats(tandem_lane_packed_count(layer))
    var guarded = [source, outputGradient, output, activation, winners, packed]

    tandem_lane_weights_for_forward(weights, packed.base, layer)
    let forwardScratch = GuardedFloats(tandem_lane_forward_scratch(layer))
    tandem_lane_forward(source.base, packed.base, bias, memory, forwardScratch.base, layer)
    results.output = plain(output, layer.outputSize)
    results.isSound = output.numbers.allSatisfy(\.isFinite)

    let gradientScratch = GuardedFloats(tandem_lane_gradient_scratch(layer))
    results.weightGradient = Array(repeating: .nan, count: weights.count)
    results.biasGradient = Array(repeating: .nan, count: bias.count)
    tandem_lane_backward_parameters(
      source.base, outputGradient.base, memory, &results.weightGradient, &results.biasGradient,
      gradientScratch.base, layer)

    tandem_lane_weights_for_backward(weights, packed.base, layer)
    let backwardScratch = GuardedFloats(tandem_lane_backward_scratch(layer))
    let inputGradient = GuardedFloats(source.count)
    tandem_lane_backward_input(
      outputGradient.base, packed.base, memory, inputGradient.base, backwardScratch.base, layer)
    results.inputGradient = plain(inputGradient, layer.inputSize)
    for (index, value) in inputGradient.numbers.enumerated()
    where index / (16 * layer.inputSize) * 16 + index % 16 >= layer.images {
      if value != 0 { results.isSound = false }
    }
    if let bytes = memory.winners {
      results.winners = (0..<layer.images * layer.outputSize).map {
        bytes[place($0, layer.outputSize)]
      }
    }
    results.activation = seen(activation)
    guarded += [forwardScratch, gradientScratch, backwardScratch, inputGradient]
    if !guarded.allSatisfy(\.isIntact) { results.isSound = false }
    return results
  }

  /// Where number `index` of `[images][features]` is in lane order.
  private func place(_ index: Int, _ features: Int) -> Int {
    let (image, feature) = index.quotientAndRemainder(dividingBy: features)
    return (image / 16 * features + feature) * 16 + image % 16
  }

  /// The activations of the rows that the pooling sees; others may be anything.
  private func seen(_ activation: GuardedFloats) -> [Float] {
    if activation.count == 0 { return [] }
    let map = layer.output_rows * layer.output_columns
    let end = layer.output_rows / layer.window_rows * layer.window_rows * layer.output_columns
    return (0..<layer.images * layer.activationSize).filter { $0 % map < end }.map {
      activation.base[place($0, layer.activationSize)]
    }
  }

  private func lanes(_ plain: [Float], _ features: Int) -> GuardedFloats {
    let result = GuardedFloats(tandem_lane_blocks(layer.images) * 16 * features)
    tandem_lanes_from_plain(plain, result.base, layer.images, features)
    return result
  }

  private func plain(_ lanes: GuardedFloats, _ features: Int) -> [Float] {
    var result = Array(repeating: Float.nan, count: layer.images * features)
    tandem_lanes_to_plain(lanes.base, &result, layer.images, features)
    return result
  }
}

extension tandem_lane_layer {
  var inputSize: Int { channels * rows * columns }
  var activationSize: Int { output_channels * output_rows * output_columns }
  var outputSize: Int {
    output_channels * (output_rows / window_rows) * (output_columns / window_columns)
  }
  var weightCount: Int { output_channels * channels * kernel_rows * kernel_columns }
}
