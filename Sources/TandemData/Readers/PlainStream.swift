import Foundation
import TandemTensor

/// The bytes of a file as they are.
final class PlainStream: ByteStream {
  private let file: MappedFile
  private var position = 0
  var byteCountBound: Int { file.byteCount }

  init(_ file: MappedFile) {
    self.file = file
  }

  func read(into memory: UnsafeMutableRawBufferPointer) -> Int {
    file.withBytes { bytes in
      let piece = UnsafeRawBufferPointer(rebasing: bytes[position...].prefix(memory.count))
      memory.copyMemory(from: piece)
      position += piece.count
      return piece.count
    }
  }
}
