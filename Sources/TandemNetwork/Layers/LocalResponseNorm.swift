import TandemTensor

/// Local response normalization across neighbouring channels: `[C, H, W]` → `[C, H, W]` (Krizhevsky
/// et al. 2012, https://papers.nips.cc/paper/4824, section 3.3):
///
///     b_c = a_c / (k + α′ · Σ a_j²)^β, over the channels j with |j - c| ≤ (size - 1) / 2
///
/// Papers and frameworks read α differently, see `AlphaReading`.
public struct LocalResponseNorm: Layer {
  public static let kind = "local-response-norm"
  public static let namePrefix = "norm"

  /// What α is multiplied with.
  public enum AlphaReading: String, Hashable, Codable, Sendable {
    /// The sum of the squares, as the paper's formula has it: α′ = α.
    case sum
    /// Their mean over the window's size, as Caffe and PyTorch have it: α′ = α / size.
    case mean
  }

  /// Channels of a whole window, n in the paper; odd.
  public var size: Int
  public var alpha: Float
  public var beta: Float
  public var k: Float
  public var alphaReading: AlphaReading
  /// Channels are cut into this many parts, and no window reaches from one into another: with 2
  /// each tower of a two-device network normalises its own maps.
  public var groups: Int

  public init(
    size: Int = 5, alpha: Float = 1e-4, beta: Float = 0.75, k: Float = 2,
    alphaReading: AlphaReading, groups: Int = 1
  ) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.k = k
    self.alphaReading = alphaReading
    self.groups = groups
  }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(inputs)
    try requireMaps(input)
    try requirePositive(groups, "the number of groups")
    guard size % 2 == 1, (1...maximumExtent).contains(size) else {
      throw LayerError("the window of \(size) channels must be odd, so that it has a middle")
    }
    guard alpha >= 0, alpha.isFinite, k > 0, k.isFinite, beta.isFinite else {
      throw LayerError("alpha \(alpha), beta \(beta), k \(k): k must be above 0, alpha not below 0")
    }
    guard input[0] % groups == 0 else {
      throw LayerError(
        "the \(input[0]) channels of the input \(input) cannot be divided by \(groups) groups")
    }
    return input
  }

  /// α′: what the sum of squares is multiplied with.
  public var alphaOfSum: Double {
    alphaReading == .sum ? Double(alpha) : Double(alpha) / Double(size)
  }

  /// The windows of the outputs, as far as they reach within their groups.
  public func inputChannels(for outputs: ChannelSet, inputs: [Shape]) -> [ChannelSet] {
    let channels = inputs[0][0] / groups
    let reach = (size - 1) / 2
    let windows = (0..<groups).map { $0 * channels..<($0 + 1) * channels }.flatMap { group in
      outputs.intersection(ChannelSet(group)).ranges.map { range in
        (range.lowerBound - reach..<range.upperBound + reach).clamped(to: group)
      }
    }
    return [ChannelSet(windows)]
  }

  /// Whole groups, or channels of one group.
  public func slice(_ outputs: ChannelSet, inputs: [Shape]) -> LocalResponseNorm? {
    let channels = inputs[0][0] / groups
    let groupsTouched = outputs.divided(by: channels).count
    guard groupsTouched == 1 || outputs.count == groupsTouched * channels else { return nil }
    var part = self
    part.groups = groupsTouched
    return part
  }

  public var notation: LayerNotation? { LayerNotation("LRN") }

  public var backwardReadsInput: Bool { true }

  public var description: String {
    var text = "LocalResponseNorm("
    if size != 5 { text += "size: \(size), " }
    if alpha != 1e-4 { text += "alpha: \(alpha), " }
    if beta != 0.75 { text += "beta: \(beta), " }
    if k != 2 { text += "k: \(k), " }
    text += "alphaReading: .\(alphaReading)"
    return text + (groups == 1 ? ")" : ", groups: \(groups))")
  }
}
