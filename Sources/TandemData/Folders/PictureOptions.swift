/// How a folder of pictures is read.
public struct PictureOptions: Sendable {
  /// The part of each class that is split off to measure with, for folders without such pictures;
  /// above 0 and below 1.
  public var validationShare: Double?
  /// Decides which pictures are split off.
  public var splitSeed: UInt64 = 0
  /// Whether broken pictures are left out; otherwise they are an error.
  public var skipsBroken = false
  /// Whether all files are read and decoded, and their contents compared by ranks.
  public var verifies = false
  /// Where resized pictures are kept.
  public var cache = PictureCache.none
  /// Where listings and resized pictures are kept; nil for `CacheFolder.standard`.
  public var cacheFolder: String?

  public init() {}
}
