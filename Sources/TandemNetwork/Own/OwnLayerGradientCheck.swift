import TandemTensor

/// Compares what the backward of an `OwnLayer` writes with finite differences of its forward, for
/// random inputs and parameters and a random linear function of the output as the loss.
///
/// ```swift
/// let errors = try OwnLayerGradientCheck(Scale(), inputs: [[3, 8, 8]]).run()
/// // ["input": 2.1e-05, "weight": 8.4e-06]
/// ```
public struct OwnLayerGradientCheck {
  private let layer: any OwnLayer
  private let inputShapes: [Shape]
  private let images: Int
  private let seed: UInt64
  private let step: Float

  /// - Parameters:
  ///   - inputs: the shapes of one image's inputs, `[C, H, W]` or `[F]`.
  ///   - images: N.
  ///   - step: of the differences (L(x + h) − L(x − h)) / 2h; below 0.001 float32's rounding shows.
  public init(
    _ layer: any OwnLayer, inputs: [Shape], images: Int = 2, seed: UInt64 = 0, step: Float = 0.01
  ) {
    self.layer = layer
    inputShapes = inputs
    self.images = images
    self.seed = seed
    self.step = step
  }

  /// - Returns: the largest error of each gradient relative to its largest value: of the inputs
  ///   (`input`, or `input 0`, `input 1`) and of each parameter. A right backward is below about
  ///   0.01 in smooth layers; infinity says that it left values out.
  /// - Throws: `LayerError` for shapes that the layer does not take, and what the layer throws.
  public func run() throws -> [String: Double] {
    let outputShape = try layer.outputShape(for: inputShapes)
    var random = CounterRandom(seed: seed, purpose: .test).sequence(0)
    func normals(_ count: Int) -> [Float] { (0..<count).map { _ in random.normal() } }
    let declared = layer.parameters(for: inputShapes)
    let inputCount = inputShapes.count
    // The inputs, then the parameters.
    let values =
      inputShapes.map { normals(images * $0.elementCount) }
      + declared.map { normals($0.shape.elementCount) }
    let weights = normals(images * outputShape.elementCount)
    let names =
      inputShapes.indices.map { inputCount == 1 ? "input" : "input \($0)" } + declared.map(\.name)

    let memory = PassMemory(values, outputs: weights.count)
    func forwardCall() -> ForwardCall {
      ForwardCall(
        images: images, inputShapes: inputShapes, outputShape: outputShape,
        inputs: memory.values[..<inputCount].map { UnsafeBufferPointer($0) },
        parameters: memory.parameters(declared), output: memory.output, isTraining: true)
    }
    func loss() throws -> Double {
      try layer.forward(forwardCall())
      return zip(memory.output, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    _ = try loss()
    for (index, weight) in weights.enumerated() { memory.outputGradient[index] = weight }
    let gradients = Array(memory.gradients[inputCount...])
    try layer.backward(
      BackwardCall(
        forwardCall(), parameters: memory.parameters(declared),
        outputGradient: UnsafeBufferPointer(memory.outputGradient),
        inputGradients: Array(memory.gradients[..<inputCount]),
        parameterGradients: Dictionary(
          uniqueKeysWithValues: zip(declared.map(\.name), gradients))))

    var errors: [String: Double] = [:]
    for (tensor, name) in names.enumerated() {
      let written = memory.gradients[tensor].map(Double.init)
      var differences: [Double] = []
      for index in written.indices {
        let value = memory.values[tensor][index]
        memory.values[tensor][index] = value + step
        let above = try loss()
        memory.values[tensor][index] = value - step
        let below = try loss()
        memory.values[tensor][index] = value
        differences.append((above - below) / (2 * Double(step)))
      }
      errors[name] = Self.error(written, differences)
    }
    return errors
  }

  private static func error(_ written: [Double], _ differences: [Double]) -> Double {
    guard written.allSatisfy(\.isFinite) else { return .infinity }
    let largest = differences.reduce(0) { max($0, abs($1)) }
    let worst = zip(written, differences).reduce(0) { max($0, abs($1.0 - $1.1)) }
    return worst == 0 ? 0 : worst / max(largest, .leastNormalMagnitude)
  }
}

/// The memory of one pass over a layer.
private final class PassMemory {
  let values: [UnsafeMutableBufferPointer<Float>]
  let gradients: [UnsafeMutableBufferPointer<Float>]
  let output: UnsafeMutableBufferPointer<Float>
  let outputGradient: UnsafeMutableBufferPointer<Float>

  init(_ values: [[Float]], outputs: Int) {
    self.values = values.map { array in
      let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: array.count)
      _ = memory.initialize(from: array)
      return memory
    }
    // What backward leaves out shows as NaN.
    func unwritten(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
      let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
      memory.initialize(repeating: .nan)
      return memory
    }
    gradients = values.map { unwritten($0.count) }
    output = unwritten(outputs)
    outputGradient = unwritten(outputs)
  }

  deinit {
    for memory in values + gradients + [output, outputGradient] { memory.deallocate() }
  }

  /// Those after the inputs, by name.
  func parameters(_ declared: [Parameter]) -> [String: UnsafeBufferPointer<Float>] {
    Dictionary(
      uniqueKeysWithValues: zip(
        declared.map(\.name), values.suffix(declared.count).map { UnsafeBufferPointer($0) }))
  }
}
