import CZlib
import Foundation
import TandemTensor

/// The bytes that a gzip file (RFC 1952) expands to; its checksums are verified by zlib.
final class GzipStream: ByteStream {
  static let magic: [UInt8] = [0x1F, 0x8B]

  let byteCountBound: Int
  private let file: MappedFile
  private var position = 0
  private var isAtEnd = false
  /// The state of zlib, on the heap because zlib keeps a pointer to it.
  private let state: UnsafeMutablePointer<z_stream>

  init(_ file: MappedFile) throws(DataError.Fact) {
    self.file = file
    byteCountBound = file.byteCount * Deflate.mostBytesPerByte
    state = .allocate(capacity: 1)
    state.initialize(to: z_stream())
    // Window bits of 15, and 16 for gzip's header instead of zlib's own.
    let result = inflateInit2_(state, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard result == Z_OK else {
      isAtEnd = true
      throw .damagedGzip(offset: 0, reason: "zlib cannot start")
    }
  }

  deinit {
    inflateEnd(state)
    state.deallocate()
  }

  func read(into memory: UnsafeMutableRawBufferPointer) throws(DataError.Fact) -> Int {
    try file.withBytes { (bytes) throws(DataError.Fact) in
      try read(bytes, into: memory)
    }
  }

  private func read(
    _ bytes: UnsafeRawBufferPointer, into memory: UnsafeMutableRawBufferPointer
  ) throws(DataError.Fact) -> Int {
    var written = 0
    while written < memory.count, !isAtEnd {
      // zlib counts in 32 bits.
      let input = UnsafeRawBufferPointer(rebasing: bytes[position...].prefix(1 << 30))
      let output = UnsafeMutableRawBufferPointer(rebasing: memory[written...].prefix(1 << 30))
      // zlib does not write through `next_in`; its type only predates `const`.
      state.pointee.next_in = UnsafeMutablePointer(
        mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
      state.pointee.avail_in = UInt32(input.count)
      state.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      state.pointee.avail_out = UInt32(output.count)
      let result = inflate(state, Z_NO_FLUSH)
      position += input.count - Int(state.pointee.avail_in)
      written += output.count - Int(state.pointee.avail_out)
      switch result {
      case Z_OK: continue
      case Z_STREAM_END: try beginNextMember(bytes)
      case Z_BUF_ERROR: throw .damagedGzip(offset: position, reason: "the file is cut off")
      default:
        let reason = state.pointee.msg.map { String(cString: $0) } ?? "zlib error \(result)"
        throw .damagedGzip(offset: position, reason: reason)
      }
    }
    return written
  }

  /// Gzip files may be joined end to end, and tapes and some programs for copying fill up their
  /// last block with zeros; anything else after the end is damage.
  private func beginNextMember(_ bytes: UnsafeRawBufferPointer) throws(DataError.Fact) {
    position = bytes[position...].firstIndex { $0 != 0 } ?? bytes.count
    guard position < bytes.count else {
      isAtEnd = true
      return
    }
    guard bytes[position...].starts(with: Self.magic) else {
      throw .damagedGzip(offset: position, reason: "something follows the end")
    }
    inflateReset(state)
  }
}
