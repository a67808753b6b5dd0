import Foundation
import Synchronization
import TandemTensor

/// Reads pictures' bytes from files of their own and from shards, which stay open.
///
/// Any number of threads may read at once: each picture is read at its own place.
final class PictureFiles: Sendable {
  private let root: String
  private let shards = Mutex<[String: RegularFile]>([:])

  init(root: String) {
    self.root = root
  }

  /// A picture's bytes, and what its file tells of itself.
  struct Contents {
    var bytes: [UInt8]
    /// The bytes of the whole picture, of which `bytes` may be the beginning only.
    var byteCount: Int
    /// When a file of its own was last changed; 0 in shards.
    var nanoseconds: Int64
  }

  /// - Parameter most: how many bytes to read at most; nil for all.
  /// - Throws: `FileError`.
  func read(_ index: Int, of listing: PictureListing, most: Int? = nil) throws -> Contents {
    let record = listing.records[index]
    if listing.isInShard(index) {
      let file = try shard(listing.containers[Int(record.container)])
      let count = Int(record.byteCount)
      return Contents(
        bytes: try file.bytes(at: Int(record.place), count: min(count, most ?? .max)),
        byteCount: count, nanoseconds: 0)
    }
    let file = try RegularFile(path: listing.path(index))
    return Contents(
      bytes: try file.prefix(min(file.byteCount, most ?? .max)), byteCount: file.byteCount,
      nanoseconds: file.modificationNanoseconds)
  }

  /// The end of a picture, as it was listed.
  func read(_ index: Int, of listing: PictureListing, lastBytes: Int) throws -> [UInt8] {
    let record = listing.records[index]
    if listing.isInShard(index) {
      let count = min(lastBytes, Int(record.byteCount))
      return try shard(listing.containers[Int(record.container)])
        .bytes(at: Int(record.place) + Int(record.byteCount) - count, count: count)
    }
    let file = try RegularFile(path: listing.path(index))
    let count = min(lastBytes, file.byteCount)
    return try file.bytes(at: file.byteCount - count, count: count)
  }

  private func shard(_ path: String) throws -> RegularFile {
    try shards.withLock { shards in
      if let file = shards[path] { return file }
      let file = try RegularFile(path: PictureListing.join(root, path))
      shards[path] = file
      return file
    }
  }
}
