import Foundation
import TandemTensor

/// Keeps a listing in a file, so that a folder of a million pictures is listed once. The listing
/// holds as long as the times of all folders, tables and shards that it was made of are what they
/// were, and of small data sets those of all pictures.
///
/// The file: a magic number, the length of a description in JSON and the description, all records,
/// all names, and a digest of all of that.
struct ListingIndex {
  private static let magic = Array("TDMLIST2".utf8)
  /// The times of more pictures are not looked at: a network file system would take minutes.
  private static let mostTimes = 50_000
  /// What changes so soon after the last change that the clock's steps are too coarse to tell.
  private static let coarseNanoseconds: Int64 = 2_000_000_000

  private struct Description: Codable {
    let containers: [String]
    let classNames: [String]
    let leftOut: LeftOut
    let stamps: [FileStamp]
    let problems: [Int: String]
    let depth: PictureExamination.Depth
    let records: Int
    let names: Int
    /// When the listing was begun.
    let nanoseconds: Int64
  }

  let path: String

  /// - Parameters:
  ///   - folder: where caches are.
  ///   - root: the data set's folder.
  ///   - key: what else the listing depends on.
  init(in folder: String, root: String, key: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var digest = ContentDigest()
    digest.add(FileSystem.realPath(root) ?? root)
    digest.add([UInt8](try encoder.encode(key)))
    path = folder + "/listings/" + digest.text + ".index"
  }

  static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// - Parameter begun: when the first folder was looked at.
  /// - Throws: `FileError`.
  func write(
    _ listing: PictureListing, depth: PictureExamination.Depth, begun: Int64
  ) throws {
    let description = try JSONEncoder().encode(
      Description(
        containers: listing.containers, classNames: listing.classNames,
        leftOut: listing.leftOut, stamps: listing.stamps, problems: listing.problems, depth: depth,
        records: listing.records.count, names: listing.names.count, nanoseconds: begun))
    try CacheFolder.make(FileSystem.parent(of: path))
    var digest = ContentDigest()
    try AtomicFile.write(to: path) { writer in
      func write(_ bytes: UnsafeRawBufferPointer) throws {
        digest.add(bytes)
        try writer.write(bytes)
      }
      try Self.magic.withUnsafeBytes(write)
      try withUnsafeBytes(of: UInt64(description.count), write)
      try description.withUnsafeBytes(write)
      try listing.records.withUnsafeBytes(write)
      try listing.names.withUnsafeBytes(write)
      try withUnsafeBytes(of: digest.value) { try writer.write($0) }
    }
  }

  /// The kept listing; nil if there is none, or it does not hold any more.
  /// - Parameter depth: how far pictures must have been looked into; nil for as far as suits their
  ///   size.
  func read(
    root: String, depth: PictureExamination.Depth?
  ) -> (listing: PictureListing, depth: PictureExamination.Depth)? {
    guard let file = try? MappedFile(path: path), let (listing, description) = parse(file, root),
      description.depth >= depth ?? .ends, holds(listing, begun: description.nanoseconds, root)
    else { return nil }
    return (listing, description.depth)
  }

  private func parse(_ file: MappedFile, _ root: String) -> (PictureListing, Description)? {
    file.withBytes { bytes in
      let head = Self.magic.count + 8
      guard bytes.count >= head + 8, bytes.prefix(Self.magic.count).elementsEqual(Self.magic)
      else { return nil }
      let length = bytes.loadUnaligned(fromByteOffset: Self.magic.count, as: UInt64.self)
      guard length <= UInt64(bytes.count - head - 8) else { return nil }
      let text = UnsafeRawBufferPointer(rebasing: bytes[head..<head + Int(length)])
      guard let description = try? JSONDecoder().decode(Description.self, from: Data(text)),
        description.records >= 0, description.records <= bytes.count,
        description.names >= 0, description.names <= bytes.count
      else { return nil }
      let stride = MemoryLayout<PictureRecord>.stride
      let records = head + Int(length)..<head + Int(length) + description.records * stride
      let names = records.upperBound..<records.upperBound + description.names
      guard names.upperBound + 8 == bytes.count else { return nil }
      var digest = ContentDigest()
      for part in [0..<Self.magic.count, Self.magic.count..<head, head..<records.lowerBound] {
        digest.add(UnsafeRawBufferPointer(rebasing: bytes[part]))
      }
      digest.add(UnsafeRawBufferPointer(rebasing: bytes[records]))
      digest.add(UnsafeRawBufferPointer(rebasing: bytes[names]))
      guard
        digest.value == bytes.loadUnaligned(fromByteOffset: names.upperBound, as: UInt64.self)
      else { return nil }
      let all = [PictureRecord](unsafeUninitializedCapacity: description.records) {
        memory, count in
        count = description.records
        UnsafeMutableRawBufferPointer(memory).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes[records]))
      }
      var listing = PictureListing(
        root: root,
        places: PicturePlaces(containers: description.containers, names: [UInt8](bytes[names])),
        records: all, classNames: description.classNames, leftOut: description.leftOut,
        stamps: description.stamps)
      listing.problems = description.problems
      return (listing, description)
    }
  }

  /// Whether nothing has changed since the listing was begun.
  private func holds(_ listing: PictureListing, begun: Int64, _ root: String) -> Bool {
    func isOld(_ nanoseconds: Int64) -> Bool { nanoseconds < begun - Self.coarseNanoseconds }
    guard
      listing.stamps.allSatisfy({ isOld($0.nanoseconds) && $0.holds(root: root) })
    else { return false }
    guard listing.count <= Self.mostTimes else { return true }
    return listing.records.indices.allSatisfy { place in
      let record = listing.records[place]
      if listing.isInShard(place) || record.state == .broken { return true }
      guard let status = FileSystem.status(listing.path(place)) else { return false }
      return isOld(record.place) && status.modificationNanoseconds == record.place
        && Int(status.st_size) == Int(record.byteCount)
    }
  }
}
