import TandemNetwork
import TandemTensor

/// Why a network cannot be written for other programs.
public enum ExportError: Error, Hashable, CustomStringConvertible {
  /// A layer of a program's own, of which no other program knows what it does.
  case ownLayer(path: String, kind: String, network: String)
  /// Pixels that were scaled for images of another kind.
  case normalization(network: String, input: Shape, means: Int, whitened: Int?)

  public var description: String {
    switch self {
    case .ownLayer(let path, let kind, let network):
      "network \(network), layer \(path): \"\(kind)\" is a layer of the program's own, which has no form in "
        + "ONNX; export a network of built-in layers"
    case .normalization(let network, let input, let means, let whitened):
      "the weights were trained with \(means) means"
        + (whitened.map { " and a whitening of \($0) values" } ?? "")
        + ", which does not fit \(network), which takes \(input.batchedDescription); export without "
        + "`withPreprocessing`"
    }
  }
}
