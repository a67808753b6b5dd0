import COneDNN
import TandemTensor

/// The shape of a tensor, the type of its elements and their order in memory: plain (row-major) or
/// one of oneDNN's blocked formats.
///
/// Safe to share: the handle is never written to.
package final class MemoryDescriptor: @unchecked Sendable {
  let handle: onednn_descriptor
  /// The shape, if the order is that of `imageLanes`.
  let imageLanesShape: Shape?
  package let elementType: ElementType
  /// The tensor that this one is a window of, and where it begins there.
  let parent: (whole: MemoryDescriptor, start: [Int])?

  init(
    adopting handle: onednn_descriptor, imageLanesShape: Shape? = nil,
    parent: (whole: MemoryDescriptor, start: [Int])? = nil
  ) {
    self.handle = handle
    self.imageLanesShape = imageLanesShape
    self.parent = parent
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

  /// Maps `[N, C, H, W]` in the order of our convolutions with few channels,
  /// `[N / 16, C, H, W, 16]`; see `Lanes/lanes.h`. oneDNN never chooses it.
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
    return status == 0
      ? MemoryDescriptor(adopting: handle!, parent: (whole: self, start: offsets)) : nil
  }

  /// Elements along each axis.
  var shape: [Int] {
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: Int(ONEDNN_MAX_RANK)) { dimensions in
      let rank = Int(onednn_descriptor_shape(handle, dimensions.baseAddress))
      return dimensions.prefix(rank).map { Int($0) }
    }
  }

  /// The same format for another shape of the same rank; of a window, a window of a tensor that is
  /// larger on the same sides. nil for formats that oneDNN keeps to itself.
  func resized(_ shape: Shape) throws -> MemoryDescriptor? {
    if onednn_descriptor_is_any(handle) { return try .any(shape, elementType) }
    if let parent { return try resizedWindow(of: parent.whole, from: parent.start, shape) }
    if try self == .plain(Shape(self.shape), elementType) { return try .plain(shape, elementType) }
    if self.shape.count == 4, [8, 16].contains(channelBlock) {
      return try .blocked(shape, block: channelBlock, elementType)
    }
    var like: onednn_descriptor?
    let status = onednn_descriptor_like(&like, handle, shape.dimensions.map { Int64($0) })
    return status == 0 ? MemoryDescriptor(adopting: like!) : nil
  }

  private func resizedWindow(
    of whole: MemoryDescriptor, from start: [Int], _ shape: Shape
  ) throws -> MemoryDescriptor? {
    guard let layout = whole.layout else { return nil }
    let (own, all) = (self.shape, whole.shape)
    let gaps = all.indices.map { axis -> (before: Int, after: Int) in
      let gap = max(2, layout.blockSize(ofAxis: axis))
      let after = all[axis] - start[axis] - own[axis]
      return (start[axis] == 0 ? 0 : gap, after == 0 ? 0 : gap)
    }
    let larger = zip(shape.dimensions, gaps).map { $0 + $1.before + $1.after }
    return try whole.resized(Shape(larger))?.window(shape, at: gaps.map(\.before))
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
