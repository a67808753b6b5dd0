import TandemNetwork
import TandemTensor

public enum ZooError: Error, Hashable, CustomStringConvertible {
  case unknownModel(name: String, nearest: [String])
  case width(name: String, width: Double, hasWidth: Bool)

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
    }
  }
}
