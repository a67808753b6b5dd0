import TandemTensor

/// While training, each element is set to 0 with probability `rate` and otherwise scaled by
/// 1 / (1 - rate); any shape. At inference it does nothing (Srivastava et al. 2014,
/// https://jmlr.org/papers/v15/srivastava14a.html).
///
/// Which elements are dropped is a pure function of seed, epoch, place in the epoch and element (see
/// `DropoutContext`), so that results do not depend on how a mini-batch is split.
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

  public var description: String { "Dropout(\(rate))" }
}

/// What selects the dropped elements of one forward pass.
///
/// Element `e` of an image's flattened `[C, H, W]` at `position` is kept if word `e % 4` of
/// `CounterRandom(seed:purpose: .dropout).words(e / 4, dropoutIndex, position, epoch)` is at least
/// rate · 2³², where `dropoutIndex` counts the graph's dropout nodes from 0 and `position` counts
/// images from 0 in the epoch's order.
public struct DropoutContext: Hashable, Sendable {
  public var seed: UInt64
  public var epoch: UInt32
  /// The position of the first of the given images in the epoch's order.
  public var firstPosition: UInt32
  /// Those of all given images; nil where they follow each other.
  public var positions: [UInt32]?

  public init(seed: UInt64, epoch: UInt32, firstPosition: UInt32) {
    self.seed = seed
    self.epoch = epoch
    self.firstPosition = firstPosition
  }

  /// Of images that do not follow each other.
  public init(seed: UInt64, epoch: UInt32, positions: [UInt32]) {
    self.init(seed: seed, epoch: epoch, firstPosition: positions.first ?? 0)
    self.positions = positions
  }

  /// Of one of the given images.
  public func position(ofImage image: Int) -> UInt32 {
    positions?[image] ?? firstPosition + UInt32(image)
  }
}
