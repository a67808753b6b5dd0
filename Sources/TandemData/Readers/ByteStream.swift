import Foundation
import TandemTensor

/// Bytes in a row, from a file as it is or while it is decompressed.
protocol ByteStream: AnyObject {
  /// No more than this many bytes can come, whatever the contents claim about themselves.
  var byteCountBound: Int { get }

  /// Fills `memory` from its start; stops short only where the stream ends.
  /// - Returns: the number of bytes written.
  func read(into memory: UnsafeMutableRawBufferPointer) throws(DataError.Fact) -> Int
}
