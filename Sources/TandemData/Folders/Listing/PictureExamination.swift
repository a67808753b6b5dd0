import Foundation
import Synchronization
import TandemImage
import TandemProcess
import TandemTensor

/// Looks into all pictures of a listing before the first epoch: which are none, which are broken,
/// and how large the others are.
struct PictureExamination {
  /// How much of each picture is looked at.
  enum Depth: Int, Codable, Comparable, Sendable {
    /// Its beginning and its end.
    case ends = 0
    /// It is decoded.
    case whole = 1

    static func < (left: Depth, right: Depth) -> Bool { left.rawValue < right.rawValue }

    /// Small data sets are decoded, which is a matter of seconds.
    static func suitable(pictureBytes: Int) -> Depth {
      pictureBytes <= wholeBytes ? .whole : .ends
    }
  }

  /// Pictures' files of up to this size together are decoded when they are listed.
  static let wholeBytes = 1 << 30
  /// Enough for the beginning of nearly all pictures.
  private static let beginningBytes = 1 << 16
  private static let chunk = 64

  private enum Finding {
    case picture(PictureHeader, PictureRecord.State)
    case broken(String)
    case noPicture
  }

  private struct Result {
    let finding: Finding
    let byteCount: Int
    let nanoseconds: Int64
  }

  private let listing: PictureListing
  private let files: PictureFiles

  private init(_ listing: PictureListing) {
    self.listing = listing
    files = PictureFiles(root: listing.root)
  }

  /// The listing without what is no picture, with sizes, and with the reasons of broken ones.
  /// - Parameters:
  ///   - depth: nil for what suits the size of all files together.
  ///   - places: of the pictures to look at; nil for all.
  static func examine(
    _ listing: PictureListing, depth: Depth? = nil, only places: [Int]? = nil
  ) -> (listing: PictureListing, depth: Depth) {
    var listing = listing
    if let depth {
      listing = PictureExamination(listing).examined(depth, places)
      return (listing, depth)
    }
    // The size of the files is known only after a look at them.
    listing = PictureExamination(listing).examined(.ends, places)
    let suitable = Depth.suitable(pictureBytes: listing.pictureBytes)
    if suitable == .whole {
      let plausible = listing.records.indices.filter { listing.records[$0].state == .plausible }
      listing = PictureExamination(listing).examined(.whole, plausible)
    }
    return (listing, suitable)
  }

  private func examined(_ depth: Depth, _ places: [Int]?) -> PictureListing {
    let places = places ?? Array(listing.records.indices)
    let results = self.results(depth, places)
    var listing = listing
    var isNone = Set<Int>()
    for (place, result) in zip(places, results) {
      listing.problems[place] = nil
      if !listing.isInShard(place) {
        listing.records[place].byteCount = UInt32(clamping: result.byteCount)
        listing.records[place].place = result.nanoseconds
      }
      switch result.finding {
      case .picture(let header, let state):
        listing.records[place].state = state
        listing.records[place].width = UInt32(header.size.width)
        listing.records[place].height = UInt32(header.size.height)
        listing.records[place].channels = UInt8(header.channels.rawValue)
      case .broken(let problem):
        listing.records[place].state = .broken
        listing.problems[place] = problem
      case .noPicture:
        isNone.insert(place)
        let name = listing.name(place)
        listing.leftOut.add(.noPicture, name)
      }
    }
    if isNone.isEmpty { return listing }
    return listing.selecting(listing.records.indices.filter { !isNone.contains($0) })
  }

  private func results(_ depth: Depth, _ places: [Int]) -> [Result] {
    let chunks = (places.count + Self.chunk - 1) / Self.chunk
    let results = Mutex<[[Result]]>(Array(repeating: [], count: chunks))
    OwnThread.sideBySide(chunks) { chunk in
      let part = places[chunk * Self.chunk..<min(places.count, (chunk + 1) * Self.chunk)]
        .map { examine($0, depth) }
      results.withLock { $0[chunk] = part }
    }
    return results.withLock { Array($0.joined()) }
  }

  private func examine(_ place: Int, _ depth: Depth) -> Result {
    var (byteCount, nanoseconds) = (0, Int64(0))
    func result(_ finding: Finding) -> Result {
      Result(finding: finding, byteCount: byteCount, nanoseconds: nanoseconds)
    }
    do {
      var contents = try files.read(
        place, of: listing, most: depth == .whole ? nil : Self.beginningBytes)
      (byteCount, nanoseconds) = (contents.byteCount, contents.nanoseconds)
      guard byteCount < Int(UInt32.max) else { return result(.broken("it has \(byteCount) bytes")) }
      let promises = PictureNames.promisesPicture(listing.nameBytes(place))
      do {
        let header: PictureHeader
        do {
          header = try contents.bytes.withUnsafeBytes { try PictureDecoder.header(of: $0) }
        } catch let error as PictureError {
          if !promises, Self.isNoPicture(error) { return result(.noPicture) }
          // Its size may stand behind a large profile or preview.
          guard contents.bytes.count < contents.byteCount else { throw error }
          contents = try files.read(place, of: listing)
          header = try contents.bytes.withUnsafeBytes { try PictureDecoder.header(of: $0) }
        }
        if depth == .ends, try hasGoodEnd(place, contents, header) {
          return result(.picture(header, .plausible))
        }
        if contents.bytes.count < contents.byteCount {
          contents = try files.read(place, of: listing)
        }
        let picture = try contents.bytes.withUnsafeBytes {
          try PictureDecoder.decode($0, channels: .asStored)
        }
        guard picture.size == header.size else {
          return result(.broken("its size is not what it says first"))
        }
        return result(.picture(header, .decoded))
      } catch let error as PictureError {
        return result(.broken("\(error)"))
      }
    } catch let error as FileError {
      if case .cannotRead(_, let code) = error { return result(.broken(FileError.reason(code))) }
      return result(.broken("it is no file"))
    } catch {
      return result(.broken("\(error)"))
    }
  }

  /// Whether a file without a picture's name is left out as something else.
  private static func isNoPicture(_ error: PictureError) -> Bool {
    switch error {
    case .empty, .notAPicture, .unrecognised: true
    default: false
    }
  }

  /// Whether a picture ends as its format says, so that it is not cut off.
  private func hasGoodEnd(
    _ place: Int, _ contents: PictureFiles.Contents, _ header: PictureHeader
  ) throws -> Bool {
    if header.isGzipped { return false }
    let bytes = contents.bytes
    let end =
      bytes.count == contents.byteCount
      ? Array(bytes.suffix(12)) : try files.read(place, of: listing, lastBytes: 12)
    switch header.format {
    case .jpeg: return end.suffix(2).elementsEqual([0xFF, 0xD9])
    case .png: return end.dropFirst(4).starts(with: Array("IEND".utf8))
    case .webp:
      guard bytes.count >= 8 else { return false }
      let claimed = (4..<8).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
      return claimed + 8 <= contents.byteCount
    }
  }
}
