import TandemTensor

/// Some images of an epoch, prepared for the network, in memory of the loader that made them. Valid
/// until the batch is released.
public struct Batch: @unchecked Sendable {  // Sendable: read-only memory that outlives its readers.
  /// The batch's number in its epoch, from 0.
  public let index: Int
  /// The position of the first image in the epoch's order.
  public let firstPosition: Int
  /// The number of images; the last batch of an epoch may have fewer than the others.
  public let count: Int
  /// Normalised images, `[N, C, H, W]`.
  public let images: UnsafePointer<Float>
  /// The images' classes, `[N]`.
  public let labels: UnsafePointer<Int32>
}
