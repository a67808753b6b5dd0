/// Who prepares the images that a run takes from files, and in how much memory.
public struct ImagePreparation: Hashable, Codable, Sendable {
  /// Threads that do it ahead of the computing; 0 where each worker prepares its own images.
  public let threads: Int
  /// Bytes of this rank for images that are prepared.
  public let bytes: Int
}
