import CKernels
import COneDNN

/// A copy between two tensors of the same shape, order and element type, each of them possibly a
/// window of a larger one: rows of memory, without anything to compute.
///
/// Such copies are our own, as oneDNN's are not right everywhere: 3.7's `jit_direct_copy` copies
/// between two windows with equal strides as if there were no gaps between the images; see
/// `docs/onednn-window-copy-report.md`.
package struct WindowCopy: Sendable {
  /// Bytes after the tensors' pointers.
  private let sourceOffset: Int
  private let destinationOffset: Int
  /// The last one is the innermost.
  private let loops: [tandem_window_loop]
  private let rowBytes: Int

  /// nil where the orders or the types differ.
  package init?(from source: MemoryDescriptor, to destination: MemoryDescriptor) {
    guard source.elementType == destination.elementType, let from = source.layout,
      let to = destination.layout, from.dimensions == to.dimensions, from.blocks == to.blocks
    else { return nil }
    let bytes = source.elementType.byteCount
    var loops = from.dimensions.indices.map { axis in
      tandem_window_loop(
        count: from.dimensions[axis] / from.blockSize(ofAxis: axis),
        source_stride: from.strides[axis] * bytes, destination_stride: to.strides[axis] * bytes)
    }
    .filter { $0.count != 1 }
    loops.sort { $0.destination_stride > $1.destination_stride }
    let isSameOrder = zip(loops, loops.dropFirst()).allSatisfy {
      $0.source_stride > $1.source_stride
    }
    guard isSameOrder else { return nil }

    // What follows without a gap on both sides is one row.
    var row = from.blocks.reduce(bytes) { $0 * $1.size }
    while let inner = loops.last, inner.source_stride == row, inner.destination_stride == row {
      row *= inner.count
      loops.removeLast()
    }
    var merged: [tandem_window_loop] = []
    for loop in loops {
      if let outer = merged.last, outer.source_stride == loop.source_stride * loop.count,
        outer.destination_stride == loop.destination_stride * loop.count
      {
        merged[merged.count - 1] = tandem_window_loop(
          count: outer.count * loop.count, source_stride: loop.source_stride,
          destination_stride: loop.destination_stride)
      } else {
        merged.append(loop)
      }
    }
    self.loops = merged
    rowBytes = row
    sourceOffset = from.offset * bytes
    destinationOffset = to.offset * bytes
  }

  /// - Parameters:
  ///   - source, destination: the pointers of the tensors that the windows belong to; what is
  ///     copied must not overlap.
  package func copy(_ source: UnsafeRawPointer, to destination: UnsafeMutableRawPointer) {
    tandem_copy_window(
      destination + destinationOffset, source + sourceOffset, loops, loops.count, rowBytes)
  }

  /// The same of float32, added to what is in the destination.
  package func add(_ source: UnsafePointer<Float>, to destination: UnsafeMutablePointer<Float>) {
    tandem_add_window(
      destination + destinationOffset / MemoryLayout<Float>.size,
      source + sourceOffset / MemoryLayout<Float>.size, loops, loops.count, rowBytes)
  }
}
