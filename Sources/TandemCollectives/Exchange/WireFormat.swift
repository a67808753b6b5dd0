import CKernels

/// The numbers in which gradients and parameters travel between ranks. Sums are in float32.
///
/// With bfloat16 it is the same what is rounded whether it travels or not, so that the weights do
/// not depend on how shards are spread over workers and ranks. These are rounded:
/// - what is added up in the tree of the shards: the gradients of each shard, and the sums of some
///   shards. The sum of all shards is not, for it never travels; only where a mini-batch is so
///   small that it has images for some shards only, their sum is rounded too, as it may be that of
///   one rank;
/// - the change that an update makes to each parameter. Owners give changes to all and not the
///   parameters, which so have the precision of float32 everywhere, and are the same on all ranks;
/// - the factors of gradients, where there are such.
public enum WireFormat: String, CaseIterable, Codable, Sendable {
  case float32 = "fp32"
  /// Rounded to the nearest, and to the even one of two that are equally near.
  case bfloat16 = "bf16"

  /// Bytes of a number on its way.
  public var elementBytes: Int {
    switch self {
    case .float32: MemoryLayout<Float>.size
    case .bfloat16: MemoryLayout<BFloat16Bits>.size
    }
  }

  /// Whether the sum of all shards that have images is rounded as well.
  func roundsTotal(activeShards: Int, of shards: Int) -> Bool {
    self == .bfloat16 && activeShards < shards
  }

  /// Adds up the gradients of all shards that have images.
  ///
  /// - Parameters:
  ///   - gradients: of each of these shards, from the first element on.
  ///   - shards: with those that have no images.
  func addUp(
    _ gradients: UnsafeBufferPointer<UnsafePointer<Float>?>, of shards: Int,
    into sum: UnsafeMutablePointer<Float>, count: Int
  ) {
    switch self {
    case .float32:
      tandem_sum_shards(sum, gradients.baseAddress, gradients.count, count)
    case .bfloat16:
      tandem_sum_rounded_shards(sum, gradients.baseAddress, gradients.count, count)
      if roundsTotal(activeShards: gradients.count, of: shards) {
        tandem_round_to_bfloat16(sum, sum, count)
      }
    }
  }
}
