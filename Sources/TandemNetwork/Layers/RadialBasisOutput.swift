import TandemTensor

/// Euclidean radial basis units with fixed targets, the output layer of LeNet-5: `[F]` →
/// `[classes]` (LeCun et al. 1998, section II.B, equation 7):
///
///     y_i = -Σ_j (x_j - w_ij)²
///
/// The paper's units put out the distance itself, a penalty; the sign is turned here, so that the
/// largest output is the answer as in any other network. Its loss is `RadialBasisLoss`.
public struct RadialBasisOutput: Layer {
  public static let kind = "radial-basis"
  public static let namePrefix = "output"

  /// w: for each class its targets, each of them -1 or 1.
  public var targets: [[Int]]

  public init(targets: [[Int]]) {
    self.targets = targets
  }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(inputs)
    try requirePositive(targets.count, "the number of classes")
    guard input.rank == 1 else {
      throw LayerError("takes features [F], but its input is \(input); put a Flatten before it")
    }
    for (index, target) in targets.enumerated() {
      guard target.count == input[0], target.allSatisfy({ abs($0) == 1 }) else {
        throw LayerError(
          "the target of class \(index) must be \(input[0]) values of -1 or 1, as many as the input has"
        )
      }
    }
    return [targets.count]
  }

  /// One multiplication for each target's value, as the paper counts connections.
  public func multiplyAdds(for inputs: [Shape]) -> Int { targets.count * inputs[0].elementCount }

  public func outputChannels(keeping held: [ChannelSet], inputs: [Shape]) -> ChannelSet? { nil }

  public func inputChannels(for outputs: ChannelSet, inputs: [Shape]) -> [ChannelSet] {
    [outputs.isEmpty ? .none : .all(inputs[0][0])]
  }

  public func slice(_ outputs: ChannelSet, inputs: [Shape]) -> RadialBasisOutput? {
    var part = self
    part.targets = outputs.ranges.joined().map { targets[$0] }
    return part
  }

  /// `radial basis 10`
  public var notation: LayerNotation? { LayerNotation("radial basis \(targets.count)") }

  public var hybridPlacement: Placement { .model }
  public var outputMeaning: OutputMeaning? { .distances }

  public var description: String { "RadialBasisOutput(targets: \(targets))" }
}
