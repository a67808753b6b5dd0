import COneDNN

/// Where the elements of a tensor are: strides of its axes, and blocks without gaps inside. In
/// elements after the tensor's pointer; those of a window are among its parent's.
struct BlockedLayout: Hashable, Sendable {
  /// Filled up to whole blocks.
  let dimensions: [Int]
  /// Elements from one block of each axis to the next.
  let strides: [Int]
  /// The place of the first element.
  let offset: Int
  /// The last one is the innermost.
  let blocks: [Block]

  struct Block: Hashable, Sendable {
    let axis: Int
    let size: Int
  }

  /// nil for formats that oneDNN keeps to itself.
  init?(_ descriptor: onednn_descriptor) {
    var found = onednn_layout()
    guard onednn_descriptor_layout(descriptor, &found) == 0 else { return nil }
    let (rank, blockCount) = (Int(found.rank), Int(found.block_count))
    dimensions = Self.elements(found.dims, rank)
    strides = Self.elements(found.strides, rank)
    offset = Int(found.offset)
    blocks = zip(
      Self.elements(found.block_axes, blockCount), Self.elements(found.block_sizes, blockCount)
    ).map(Block.init)
  }

  /// The first elements of an array of C.
  private static func elements<Tuple>(_ tuple: Tuple, _ count: Int) -> [Int] {
    withUnsafeBytes(of: tuple) { bytes in
      bytes.bindMemory(to: Int64.self).prefix(count).map { Int($0) }
    }
  }

  /// Whether elements of a larger tensor lie between these or before them.
  var hasGaps: Bool {
    let axes = dimensions.indices
      .map { (count: dimensions[$0] / blockSize(ofAxis: $0), stride: strides[$0]) }
      .filter { $0.count > 1 }.sorted { $0.stride < $1.stride }
    var dense = blocks.reduce(1) { $0 * $1.size }
    for axis in axes {
      if axis.stride != dense { return true }
      dense *= axis.count
    }
    return offset != 0
  }

  /// How far each index along an axis is from index 0; the place of an element is `offset` and the
  /// sum over its axes.
  func distances(alongAxis axis: Int) -> [Int] {
    (0..<dimensions[axis]).map { index in
      var (rest, distance, stride) = (index, 0, 1)
      for block in blocks.reversed() {
        if block.axis == axis {
          distance += rest % block.size * stride
          rest /= block.size
        }
        stride *= block.size
      }
      return distance + rest * strides[axis]
    }
  }

  /// Elements of one axis that are in the same block.
  func blockSize(ofAxis axis: Int) -> Int {
    blocks.reduce(1) { $0 * ($1.axis == axis ? $1.size : 1) }
  }
}

extension MemoryDescriptor {
  /// nil for formats that oneDNN keeps to itself.
  var layout: BlockedLayout? { BlockedLayout(handle) }

  /// Whether it is a part of a larger tensor, with gaps.
  var isWindow: Bool { layout?.hasGaps ?? false }
}
