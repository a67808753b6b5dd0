import TandemNetwork
import TandemTensor

public enum ZooError: Error, Hashable, CustomStringConvertible {
  case unknownModel(name: String, nearest: [String])
  case width(name: String, width: Double, hasWidth: Bool)
  /// A network of one output for other than two classes.
  case classes(name: String, classes: Int)

  public var description: String {
    switch self {
    case .unknownModel(let name, let nearest):
      nearest.isEmpty
        ? "there is no model \"\(name)\"; `Zoo.models` lists all"
        : "there is no model \"\(name)\"; did you mean \(nearest.joined(separator: " or "))?"
    case .width(let name, let width, let hasWidth):
      hasWidth
        ? "the width \(width) is out of range; use a factor above 0 and up to 64"
        : "the model \(name) has one width only; leave out `width`"
    case .classes(let name, let classes):
      "the model \(name) has one output, which tells 2 classes apart, not \(classes); use a model with an "
        + "output for each class"
    }
  }
}
