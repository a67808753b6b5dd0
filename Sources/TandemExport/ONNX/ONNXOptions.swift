/// How a network is written as an ONNX file.
public struct ONNXOptions: Hashable, Sendable {
  /// Whether the number of images stays open; else the graph takes one image at a time.
  public var dynamicBatch: Bool
  /// Whether the graph begins with the scaling of pixels that the network was trained with, so that
  /// it takes pixels as pictures have them.
  public var withPreprocessing: Bool
  /// Whether large weights go to a file of their own beside the graph's, named after it with
  /// `.data` at the end. Where they would not fit into one file of the format they always do.
  public var externalData: Bool

  public init(
    dynamicBatch: Bool = false, withPreprocessing: Bool = false, externalData: Bool = false
  ) {
    self.dynamicBatch = dynamicBatch
    self.withPreprocessing = withPreprocessing
    self.externalData = externalData
  }
}
