/// Where resized pictures are kept, so that each is decoded once.
public enum PictureCache: String, Codable, CaseIterable, Sendable {
  /// Nowhere: each use decodes the picture again.
  case none
  /// In this process' memory.
  case ram
  /// In a file, for the next run too.
  case disk
}
