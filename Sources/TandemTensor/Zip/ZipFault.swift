/// What is wrong with a zip archive, or with an entry of one.
enum ZipFault: Error, Equatable {
  /// The archive cannot be opened; `reason` is libzip's.
  case notAnArchive(reason: String)
  case unsupportedCompression(method: Int)
  /// An entry claims to hold more than its compressed bytes can possibly expand to.
  case impossibleEntrySize(claimedBytes: UInt64, compressedBytes: UInt64)
  /// Decompression failed or the checksum does not match; `reason` is libzip's.
  case corruptEntry(reason: String)
}
