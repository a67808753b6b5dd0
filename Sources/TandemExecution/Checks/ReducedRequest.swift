import COneDNN
import TandemTensor

/// The same operation on fewer numbers: enough for each loop of an implementation to turn more than
/// once and to have a rest.
extension OperationRequest {
  /// What is made smaller. oneDNN may take another implementation for few channels or small maps:
  /// then these stay as they are.
  struct Reduction {
    let channels: Bool
    let maps: Bool

    /// All reductions, from few numbers to many; each makes the number of images smaller.
    static let all = [
      Reduction(channels: true, maps: true), Reduction(channels: false, maps: true),
      Reduction(channels: true, maps: false), Reduction(channels: false, maps: false),
    ]
  }

  /// nil where a format cannot be made for another shape.
  func reduced(_ reduction: Reduction) throws -> OperationRequest? {
    switch kind {
    case .convolution(let window):
      guard let weights else { return nil }
      return try reducedConvolution(weights, window, reduction)
    case .dense:
      let (images, inputs, outputs) = (
        min(source.shape[0], 5), reduction.features(source.shape[1]),
        reduction.features(destination.shape[1])
      )
      return try resized(
        source: [images, inputs], weights: [outputs, inputs], bias: [outputs],
        destination: [images, outputs])
    case .pooling(_, let window):
      let shape = source.shape
      let maps = reduction.maps(shape, window)
      let start = [min(shape[0], 3), reduction.channels(shape[1])]
      return try resized(source: start + maps.input, destination: start + maps.output)
    case .activation, .batchNormalization, .softmax:
      let shape = reduction.data(source.shape)
      return try resized(source: shape, destination: shape)
    case .reorder:
      let blocked = Set(
        [source, destination].flatMap { $0.layout?.blocks.map(\.axis) ?? [] })
      let shape = source.shape.enumerated().map { axis, size in
        blocked.contains(axis)
          ? reduction.channels(size) : axis == 0 ? min(size, 4) : reduction.length(size)
      }
      return try resized(source: shape, destination: shape)
    }
  }

  private func reducedConvolution(
    _ weights: MemoryDescriptor, _ window: onednn_window, _ reduction: Reduction
  ) throws -> OperationRequest? {
    let shape = weights.shape
    let isGrouped = shape.count == 5
    let groups = isGrouped ? reduction.channels(shape[0]) : 1
    let start = isGrouped ? 1 : 0
    let (outputs, inputs) = (reduction.channels(shape[start]), reduction.channels(shape[start + 1]))
    let maps = reduction.maps(source.shape, window)
    let images = min(source.shape[0], 3)
    return try resized(
      source: [images, groups * inputs] + maps.input,
      weights: (isGrouped ? [groups] : []) + [outputs, inputs] + shape.suffix(2),
      bias: [groups * outputs], destination: [images, groups * outputs] + maps.output)
  }

  private func resized(
    source: [Int], weights: [Int]? = nil, bias: [Int]? = nil, destination: [Int]
  ) throws -> OperationRequest? {
    var result = self
    func resized(_ descriptor: MemoryDescriptor?, _ shape: [Int]?) throws -> MemoryDescriptor? {
      guard let descriptor, let shape else { return nil }
      return try descriptor.resized(Shape(shape))
    }
    guard let newSource = try resized(self.source, source),
      let newDestination = try resized(self.destination, destination)
    else { return nil }
    result.source = newSource
    result.destination = newDestination
    result.weights = try resized(self.weights, weights)
    result.bias = try resized(self.bias, bias)
    let isComplete =
      (result.weights == nil) == (self.weights == nil) && (result.bias == nil) == (self.bias == nil)
    return isComplete ? result : nil
  }
}

extension OperationRequest.Reduction {
  /// Two or three blocks of 16, which shows their order, with the same rest.
  fileprivate func channels(_ count: Int) -> Int {
    count <= 48 || !channels ? count : 32 + count % 16
  }

  fileprivate func features(_ count: Int) -> Int {
    count <= 64 || !channels ? count : 48 + count % 16
  }

  fileprivate func length(_ count: Int) -> Int { count <= 8 || !maps ? count : 5 + count % 4 }

  fileprivate func data(_ shape: [Int]) -> [Int] {
    [min(shape[0], 3), shape.count == 2 ? features(shape[1]) : channels(shape[1])]
      + shape.dropFirst(2).map(length)
  }

  /// Heights and widths for up to five windows in each direction.
  fileprivate func maps(
    _ source: [Int], _ window: onednn_window
  ) -> (input: [Int], output: [Int]) {
    func sizes(_ size: Int, _ axis: KeyPath<(Int64, Int64), Int64>) -> (Int, Int) {
      let (kernel, stride) = (Int(window.kernel[keyPath: axis]), Int(window.stride[keyPath: axis]))
      let padding = Int(
        window.padding_before[keyPath: axis] + window.padding_after[keyPath: axis])
      let input = maps ? min(size, max(1, 4 * stride + kernel - padding)) : size
      return (input, (input + padding - kernel) / stride + 1)
    }
    let (height, width) = (sizes(source[2], \.0), sizes(source[3], \.1))
    return ([height.0, width.0], [height.1, width.1])
  }
}
