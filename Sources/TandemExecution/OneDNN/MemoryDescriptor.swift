import COneDNN
import TandemTensor

/// The shape of a tensor, the type of its elements and their order in memory: plain (row-major) or one of
/// oneDNN's blocked formats.
///
/// Safe to share: the handle is never written to.
package final class MemoryDescriptor: @unchecked Sendable {
  let handle: onednn_descriptor
  /// The shape, if the order is that of `imageLanes`.
  let imageLanesShape: Shape?
  let elementType: ElementType

  init(adopting handle: onednn_descriptor, imageLanesShape: Shape? = nil) {
    self.handle = handle
    self.imageLanesShape = imageLanesShape
    elementType = onednn_descriptor_element_type(handle) == onednn_bfloat16 ? .bfloat16 : .float32
  }

  deinit {
    onednn_descriptor_destroy(handle)
  }

  private convenience init(
    _ shape: Shape, _ type: ElementType = .float32, _ format: onednn_format
  ) throws {
    var handle: onednn_descriptor?
    try OneDNN.check(
      onednn_descriptor_create(
        &handle, Int32(shape.rank), shape.dimensions.map { Int64($0) },
        type == .bfloat16 ? onednn_bfloat16 : onednn_float32, format),
      "describing a tensor of shape \(shape)")
    self.init(
      adopting: handle!, imageLanesShape: format == onednn_format_image_lanes ? shape : nil)
  }

  /// Row-major.
  package static func plain(_ shape: Shape, _ type: ElementType = .float32) throws
    -> MemoryDescriptor
  {
    try MemoryDescriptor(shape, type, onednn_format_plain)
  }

  /// The format is left to the operation that is created with it.
  package static func any(_ shape: Shape, _ type: ElementType = .float32) throws -> MemoryDescriptor
  {
    try MemoryDescriptor(shape, type, onednn_format_any)
  }

  /// Maps `[N, C, H, W]` in plain order (block 1) or in blocks of 8 or 16 channels.
  package static func blocked(
    _ shape: Shape, block: Int, _ type: ElementType = .float32
  ) throws -> MemoryDescriptor {
    if block == 1 { return try .plain(shape, type) }
    return try MemoryDescriptor(
      shape, type, block == 8 ? onednn_format_blocks_of_8 : onednn_format_blocks_of_16)
  }

  /// Maps `[N, C, H, W]` in the order of our own convolutions, `[N / 16, C, H, W, 16]`; see
  /// `Lanes/lanes.h`. oneDNN never chooses it.
  static func imageLanes(_ shape: Shape) throws -> MemoryDescriptor {
    try MemoryDescriptor(shape, .float32, onednn_format_image_lanes)
  }

  /// The part of this tensor that starts at `offsets`, in place; nil where the blocks of the format
  /// do not end there.
  package func window(_ shape: Shape, at offsets: [Int]) -> MemoryDescriptor? {
    var handle: onednn_descriptor?
    let status = onednn_descriptor_window(
      &handle, self.handle, Int32(shape.rank), shape.dimensions.map { Int64($0) },
      offsets.map { Int64($0) })
    return status == 0 ? MemoryDescriptor(adopting: handle!) : nil
  }

  /// How the channels of maps are blocked: 1 for plain order, 8 or 16, and 0 for other formats.
  var channelBlock: Int { Int(onednn_descriptor_channel_block(handle)) }

  /// Bytes in memory, padding of blocks included.
  var byteCount: Int { Int(onednn_descriptor_bytes(handle)) }

  /// Elements in memory, padding of blocks included.
  var storedElements: Int { byteCount / elementType.byteCount }
}

extension MemoryDescriptor: Equatable {
  package static func == (a: MemoryDescriptor, b: MemoryDescriptor) -> Bool {
    onednn_descriptor_equal(a.handle, b.handle)
  }
}
