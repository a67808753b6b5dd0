import TandemTensor

/// While training, each element is set to 0 with probability `rate` and otherwise scaled by
/// 1 / (1 - rate); any shape. At inference it does nothing (Srivastava et al. 2014,
/// https://jmlr.org/papers/v15/srivastava14a.html).
///
/// Which elements are dropped is a pure function of seed, epoch, place in the epoch and element
/// (see `DropoutContext`), so that results do not depend on how a mini-batch is split.
public struct Dropout: Layer {
  public static let kind = "dropout"

  /// The probability of an element to be dropped, in [0, 1).
  public var rate: Float

  public init(_ rate: Float) {
    self.rate = rate
  }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(inputs)
    guard rate >= 0, rate < 1 else {
      throw LayerError("rate \(rate) is outside 0 ≤ rate < 1")
    }
    return input
  }

  /// `dropout 0.5`
  public var notation: LayerNotation? { LayerNotation("dropout \(rate)") }

  public var worksInPlace: Bool { true }
  public var drawsRandomNumbers: Bool { true }

  public var description: String { "Dropout(\(rate))" }
}
