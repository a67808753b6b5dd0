import TandemTensor

/// What selects the dropped elements of one forward pass.
///
/// Element `e` of an image's flattened `[C, H, W]` at `position` is kept if word `e % 4` of
/// `CounterRandom(seed:purpose: .dropout).words(e / 4, dropoutIndex, position, epoch)` is at least
/// rate · 2³², where `dropoutIndex` counts the graph's dropout nodes from 0 and `position` counts
/// images from 0 in the epoch's order.
package struct DropoutContext: Hashable, Sendable {
  package var seed: UInt64
  package var epoch: UInt32
  /// The position of the first of the given images in the epoch's order.
  package var firstPosition: UInt32
  /// Those of all given images; nil where they follow each other.
  package var positions: [UInt32]?

  package init(seed: UInt64, epoch: UInt32, firstPosition: UInt32) {
    self.seed = seed
    self.epoch = epoch
    self.firstPosition = firstPosition
  }

  /// The context of images that do not follow each other.
  package init(seed: UInt64, epoch: UInt32, positions: [UInt32]) {
    self.init(seed: seed, epoch: epoch, firstPosition: positions.first ?? 0)
    self.positions = positions
  }

  /// The position of one of the given images.
  package func position(ofImage image: Int) -> UInt32 {
    positions?[image] ?? firstPosition + UInt32(image)
  }
}
