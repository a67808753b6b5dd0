import TandemImage

extension PictureRecipe {
  /// Decodes a picture so that the resized one looks as if every pixel had been read: what a JPEG
  /// can leave out at twice the size is not seen.
  func decoded(_ bytes: [UInt8], target: PictureSize) throws(PictureError) -> Picture {
    try PictureDecoder.decode(
      bytes, channels: channels,
      atLeast: PictureSize(width: 2 * target.width, height: 2 * target.height))
  }
}

extension PictureFolder {
  /// The paths of all pictures below a folder, as their names promise or their contents tell,
  /// folder by folder.
  /// - Throws: `FileError`.
  package static func pictures(below folder: String) throws -> [String] {
    let walk = try FolderWalk(root: folder, path: "")
    var builder = ListingBuilder(root: folder)
    try builder.add(walk, label: 0)
    let listing = try builder.listing(classNames: [""])
    let files = PictureFiles(root: folder)
    return (0..<listing.count).filter { place in
      if PictureNames.promisesPicture(listing.nameBytes(place)) { return true }
      guard let start = try? files.read(place, of: listing, most: 1 << 16).bytes else {
        return false
      }
      return (try? PictureDecoder.header(of: start)) != nil
    }.map(listing.path)
  }
}
