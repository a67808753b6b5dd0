import Synchronization
import TandemProcess
import TandemTensor

/// The bytes of all pictures of a listing, as a digest: what ranks compare when they are asked to
/// verify that they have the same ones.
enum PictureContents {
  private static let chunk = 64

  /// Reads every file; those that cannot be read count as such.
  static func digest(of listing: PictureListing) throws -> UInt64 {
    let files = PictureFiles(root: listing.root)
    let chunks = (listing.count + chunk - 1) / chunk
    let digests = Mutex<[UInt64]>(Array(repeating: 0, count: chunks))
    OwnThread.sideBySide(chunks) { number in
      var digest = ContentDigest()
      for place in number * chunk..<min(listing.count, (number + 1) * chunk) {
        if let contents = try? files.read(place, of: listing) {
          digest.add(contents.bytes)
        } else {
          digest.add(-1)
        }
      }
      digests.withLock { $0[number] = digest.value }
    }
    var all = ContentDigest()
    digests.withLock { all.add($0) }
    return all.value
  }
}
