/// A part of the images of a model group that its devices' dense layers compute at once.
package struct BatchPiece {
  /// The images of each device, as the mini-batch numbers them.
  package let images: [Range<Int>]
  /// Those of the device that computes it.
  let own: Range<Int>
  /// The plan of the layers.
  let key: PlanKey
}
