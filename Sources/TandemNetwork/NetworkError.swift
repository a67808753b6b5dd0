import TandemTensor

/// Why a description is no network.
public enum NetworkError: Error, Hashable, CustomStringConvertible {
  /// A layer does not fit its input or has hyper-parameters out of range.
  case layer(network: String, path: String, error: LayerError)
  case inputShape(network: String, shape: Shape)
  case noLayers(network: String)
  case emptyBranch(network: String, path: String)
  case tooFewBranches(network: String, path: String, count: Int)
  case duplicateName(network: String, path: String)
  case invalidName(network: String, scope: String, name: String)
  case tooLarge(network: String, path: String, what: String, shape: Shape)
  case auxiliaryAtEnd(network: String, path: String)
  case auxiliaryWeight(network: String, path: String, weight: Float)
  case auxiliaryShape(network: String, path: String, shape: Shape, output: Shape)

  public var description: String {
    switch self {
    case .layer(let network, let path, let error):
      "network \(network), layer \(path): \(error)"
    case .inputShape(let network, let shape):
      "network \(network): the input shape \(shape) is neither [C, H, W] nor [F] with positive, "
        + "reasonable sizes"
    case .noLayers(let network):
      "network \(network) has no layers; give it at least one"
    case .emptyBranch(let network, let path):
      "network \(network), \(path): the branch has no layers; remove it or give it at least one"
    case .tooFewBranches(let network, let path, let count):
      "network \(network), \(path): joins \(count) branches; use two or more, or a Block"
    case .duplicateName(let network, let path):
      "network \(network): the name \(path) is used twice; rename one of the two"
    case .invalidName(let network, let scope, let name):
      "network \(network)\(scope.isEmpty ? "" : ", \(scope)"): the name \"\(name)\" must consist of "
        + "letters, digits, _ and -"
    case .auxiliaryAtEnd(let network, let path):
      "network \(network), \(path): an auxiliary branch cannot be the last element; put it before the "
        + "layers that lead to the network's output"
    case .auxiliaryWeight(let network, let path, let weight):
      "network \(network), \(path): the weight \(weight) of the auxiliary loss must be finite and "
        + "above 0"
    case .auxiliaryShape(let network, let path, let shape, let output):
      "network \(network), \(path): the auxiliary output \(shape) must have the shape of the "
        + "network's output, \(output)"
    case .tooLarge(let network, let path, let what, let shape):
      "network \(network), layer \(path): \(what) \(shape) has more than \(maximumElements) "
        + "elements; use smaller sizes"
    }
  }
}
