import TandemTensor

/// Some images of an epoch, prepared for the network, in memory of whoever made them. Valid until
/// the batch is released. It is `Sendable` because its memory is only read and outlives its
/// readers.
package struct Batch: @unchecked Sendable {
  /// The batch's number in its epoch, from 0.
  package let index: Int
  /// The position of the first image in the epoch's order.
  package let firstPosition: Int
  /// The number of images, of all ranks together; the last batch of an epoch may have fewer than
  /// the others.
  package let count: Int
  /// Which of the images are in memory, in `0..<count`: those that the loader was asked for.
  package let rows: Range<Int>
  /// The normalised images `rows`, `[rows.count, C, H, W]`.
  package let images: UnsafePointer<Float>
  /// The classes of all images of the batch, `[count]`.
  package let labels: UnsafePointer<Int32>
  /// Where images were mixed with others: the other images' labels, `[count]`.
  package let secondLabels: SecondLabels?

  package init(
    index: Int, firstPosition: Int, count: Int, rows: Range<Int>, images: UnsafePointer<Float>,
    labels: BatchLabels
  ) {
    self.index = index
    self.firstPosition = firstPosition
    self.count = count
    self.rows = rows
    self.images = images
    self.labels = labels.own
    secondLabels = labels.second
  }
}
