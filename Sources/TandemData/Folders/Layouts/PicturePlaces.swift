/// Where the pictures of a listing are: each record says which container and which part of the
/// names.
struct PicturePlaces: Sendable {
  /// Folders, with a slash at their end, and shards, from the data set's root.
  let containers: [String]
  /// One behind the other, in bytes.
  let names: [UInt8]
}
