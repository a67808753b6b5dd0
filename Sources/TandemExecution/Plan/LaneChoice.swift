import CKernels
import TandemNetwork
import TandemTensor

/// Which convolutions our own kernels compute instead of oneDNN's: a pure function of the shapes,
/// so that every run and every rank chooses alike.
///
/// oneDNN vectorises over channels in blocks of 16 (a first layer of up to 3 channels has a kernel
/// of its own), our kernels over images in blocks of 16, both at about the speed of the machine.
/// Each wastes what its blocks are filled up with: 6 channels to 16 are 16 to 16 for the one, 60
/// images are 64 for the other, unless the last ones are folded. Measured (Zen 5, 64 images, the
/// passes of a step, oneDNN against ours): 1 → 6 maps 355 against 125 µs, 6 → 16 855 against 410,
/// 1 → 30 575 against 460, 16 → 20 4,400 against 2,830, 20 → 20 2,090 against 800; for multiples of
/// 16 the same within 10 %.
///
/// At inference idle lanes do not count: an image's logits must not depend, in their last bits, on
/// how many images are computed with it.
struct LaneChoice {
  /// The chosen layers, under each node that they cover.
  private(set) var layers: [Int: LaneLayer] = [:]
  private let images: (NetworkGraph.Node) -> Int
  private let mode: Plan.Mode
  private let onlyReader: (NetworkGraph.Node) -> NetworkGraph.Node?

  /// - Parameter onlyReader: the reader of a node's output, if it has one only.
  init(
    _ builder: PlanBuilder, onlyReader: @escaping (NetworkGraph.Node) -> NetworkGraph.Node?
  ) {
    images = { builder.images(ofNode: $0.index) }
    mode = builder.mode
    self.onlyReader = onlyReader
    let graph = builder.graph
    if !builder.usesOwnKernels { return }
    for node in graph.nodes.reversed() {
      guard let convolution = node.layer as? Conv2D,
        let layer = laneLayer(convolution, node),
        isFaster(layer.kernelForm), Self.fitsCaches(layer.kernelForm),
        let last = layer.nodes.last,
        endsInLanesOrVector(graph.nodes[last], isLastOfAll: last == graph.nodes.count - 1)
      else { continue }
      for index in layer.nodes { layers[index] = layer }
    }
  }

  // MARK: What the kernels can do

  private func laneLayer(_ convolution: Conv2D, _ node: NetworkGraph.Node) -> LaneLayer? {
    let input = node.inputShapes[0]
    let size = Size2D(maps: input)
    let kernel = convolution.kernel
    let padding = convolution.padding.resolved(
      input: size, kernel: kernel, stride: convolution.stride)
    guard !convolution.isDense(on: input), convolution.groups == 1, convolution.stride == 1,
      max(padding.top, padding.bottom) < kernel.height,
      max(padding.left, padding.right) < kernel.width
    else { return nil }
    var form = tandem_lane_layer()
    form.images = images(node)
    (form.channels, form.rows, form.columns) = (input[0], input[1], input[2])
    form.output_channels = convolution.outputChannels
    (form.output_rows, form.output_columns) = (node.outputShape[1], node.outputShape[2])
    (form.kernel_rows, form.kernel_columns) = (kernel.height, kernel.width)
    (form.top, form.left) = (padding.top, padding.left)
    (form.window_rows, form.window_columns) = (1, 1)
    form.set = Self.instructions
    var nodes = [node]
    if let next = onlyReader(node), let layer = next.layer as? any ActivationLayer,
      let activation = Optional(layer.activation).laneForm
    {
      form.activation = activation
      nodes.append(next)
    }
    if let next = onlyReader(nodes[nodes.count - 1]), let pooling = Self.pooling(next) {
      form.pooling = pooling.kind
      (form.window_rows, form.window_columns) = (pooling.window.height, pooling.window.width)
      nodes.append(next)
    }
    return LaneLayer(convolution: node.index, nodes: nodes.map(\.index), kernelForm: form)
  }

  /// Pooling whose windows touch, without padding.
  private static func pooling(
    _ node: NetworkGraph.Node
  ) -> (kind: tandem_lane_pooling, window: Size2D)? {
    let geometry: PoolGeometry?
    let kernel: Size2D
    let stride: Size2D
    let kind: tandem_lane_pooling
    switch node.layer {
    case let pool as MaxPool2D:
      geometry = try? pool.geometry(for: node.inputShapes[0])
      (kernel, stride, kind) = (pool.kernel, pool.stride, tandem_lane_pooling_max)
    case let pool as AveragePool2D:
      geometry = try? pool.geometry(for: node.inputShapes[0])
      (kernel, stride, kind) = (pool.kernel, pool.stride, tandem_lane_pooling_average)
    default: return nil
    }
    guard let geometry, kernel == stride, geometry.padding == .zero, geometry.extraBottom == 0,
      geometry.extraRight == 0
    else { return nil }
    // The place of a maximum is a byte, of which one value says that there is none.
    let mostPlaces = Int(UInt8.max)
    guard kind != tandem_lane_pooling_max || kernel.height * kernel.width <= mostPlaces else {
      return nil
    }
    return (kind, kernel)
  }

  // MARK: Whether it is worth it

  /// What it saves to pool before the convolution's output is written to memory and to find its
  /// gradient where it is used: measured as the time of this many multiply-adds per value of that
  /// output.
  private static let gainByPooling = 20.0

  /// A kernel of 1×1 slides nowhere, so that few numbers are read again from the first cache: with
  /// many channels lane order takes up to twice oneDNN's time (Zen 5, 512 → 24).
  private func isFaster(_ layer: tandem_lane_layer) -> Bool {
    if layer.kernel_rows * layer.kernel_columns == 1,
      min(layer.channels, layer.output_channels) >= PointwiseRule.leastChannels
    {
      return false
    }
    func filledUp(_ count: Int) -> Double { Double((count + 15) / 16 * 16) / Double(count) }
    let passes = 3
    let work = Double(passes * layer.channels * layer.kernel_rows * layer.kernel_columns)
    let channels =
      (layer.channels > 3 ? filledUp(layer.channels) : 1) * filledUp(layer.output_channels)
    let images =
      mode == .training
      ? tandem_lane_blocks_of_time(layer) * Double(tandem_lane_count) / Double(layer.images) : 1
    let gain = layer.pooling == tandem_lane_pooling_none ? 0 : Self.gainByPooling
    return work * images < work * channels + gain
  }

  /// The gradients of one block of images, and the sums of the weights' gradients: half of what
  /// they take may lie outside the second cache. By Winograd's way sums are 1.6 times as large, but
  /// pay as well: of 20 → 50 channels the passes took half of the time.
  private static func fitsCaches(_ layer: tandem_lane_layer) -> Bool {
    let limit = 2 << 20
    let gradients = layer.output_channels * layer.output_rows * layer.output_columns
    let sums = tandem_lane_weights_count(layer) + layer.output_channels
    return max(gradients, sums) * tandem_lane_count * MemoryLayout<Float>.size <= limit
  }

  /// Whether a dense layer's output is computed from lane order, with vectors over images; by
  /// `DenseProducts` or oneDNN otherwise.
  ///
  /// oneDNN's matrix product transposes the weights each time, ours takes them as they are, but
  /// half a block of images keeps the machine half busy. Measured against oneDNN, GFLOP/s of one
  /// core: 9,216 features to 4,096 outputs of 64 images 249 against 147, of 32 233 against 107, of
  /// 16 149 against 67, of 8 75 against 40; 2,048 to 1,000 of 16 159 against 75, of 8 80 against
  /// 103. And with the conversion to lane order, on Zen 4, 120 to 84 of 64 images 80 against 48; on
  /// Intel, 84 to 10 of 64 images 2 µs against 16, of which oneDNN's next call takes 5 more.
  ///
  /// At inference an input in another order stays there, so that one image is not computed as 16.
  /// In bfloat16 oneDNN's product is faster than ours.
  static func takesLaneDense(
    _ source: Operand, weights: Int, _ builder: PlanBuilder
  ) -> Bool {
    let isInLanes = source.descriptor.imageLanesShape != nil
    let hasManyImages = builder.images > tandem_lane_count / 2
    if !builder.usesOwnKernels { return false }
    if builder.mode == .inference { return isInLanes }
    if isInLanes, hasManyImages { return true }
    return builder.elementType == .float32 && usesWideVectors
      && (hasManyImages || weights >= leastWeightsOfFewImages)
  }

  /// Too many for the caches, so that they are read but once.
  private static let leastWeightsOfFewImages = 4 << 20
  /// The kernel's sums need registers that only AVX-512 has; elsewhere oneDNN's product is faster.
  private static let usesWideVectors =
    tandem_instructions_up_to(instructions) == tandem_instructions_avx512

  /// Those that oneDNN may use (`ONEDNN_MAX_CPU_ISA`) as well.
  static let instructions: tandem_instructions =
    switch WinogradRule.vectors {
    case tandem_winograd_avx512: tandem_instructions_avx512
    case tandem_winograd_avx2: tandem_instructions_avx2
    default: tandem_instructions_portable
    }

  /// Whether what comes after a layer is again in this order, or a vector in plain order: a
  /// conversion of maps to blocks of channels would cost more than is won.
  private func endsInLanesOrVector(_ node: NetworkGraph.Node, isLastOfAll: Bool) -> Bool {
    guard let reader = onlyReader(node) else { return isLastOfAll }
    switch reader.layer {
    case let convolution as Conv2D:
      return layers[reader.index] != nil || convolution.isDense(on: reader.inputShapes[0])
    case is Dense, is Flatten: return true
    case is Dropout: return endsInLanesOrVector(reader, isLastOfAll: false)
    default: return false
    }
  }
}
