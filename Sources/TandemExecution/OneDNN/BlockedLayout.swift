import COneDNN

/// Where the elements of a tensor are: strides of its axes, and blocks without gaps inside. In elements
/// after the tensor's pointer; those of a window are among its parent's.
struct BlockedLayout: Hashable, Sendable {
  /// Filled up to whole blocks.
  let dimensions: [Int]
  /// From one block to the next of an axis.
  let strides: [Int]
  /// Of the first element.
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

  /// Elements of one axis that are in the same block.
  func blockSize(ofAxis axis: Int) -> Int {
    blocks.reduce(1) { $0 * ($1.axis == axis ? $1.size : 1) }
  }
}

extension MemoryDescriptor {
  /// nil for formats that oneDNN keeps to itself.
  var layout: BlockedLayout? { BlockedLayout(handle) }
}
