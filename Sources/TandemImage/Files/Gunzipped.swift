import CPictures

/// The bytes that a gzip file holds.
final class Gunzipped {
  /// A file of gzip is unpacked in memory, whatever it says about itself.
  private static let mostBytes = 1 << 28

  let bytes: UnsafeRawBufferPointer
  private let memory: UnsafeMutablePointer<UInt8>?

  init(_ packed: UnsafeRawBufferPointer) throws(PictureError) {
    var failure = tandem_picture_failure()
    var memory: UnsafeMutablePointer<UInt8>?
    var count = 0
    let status = tandem_gunzip(
      packed.baseAddress?.assumingMemoryBound(to: UInt8.self), packed.count, Self.mostBytes,
      &memory, &count, &failure)
    self.memory = memory
    bytes = UnsafeRawBufferPointer(start: memory, count: count)
    guard status == tandem_picture_done else {
      let reason = withUnsafeBytes(of: failure.reason) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw .damagedGzip(reason: reason)
    }
  }

  deinit { tandem_picture_free(memory) }
}
