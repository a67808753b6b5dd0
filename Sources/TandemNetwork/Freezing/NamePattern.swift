import Foundation

/// What chooses layers and parameters by their dotted names: a shell pattern, in which `*` stands
/// for any characters, dots too, `?` for one, and `[…]` for one of some.
///
/// It matches a parameter by its full name or by the path of a layer or block that it is in: so
/// `features.*`, `layer1`, `conv1` and `*.bias` all do what they look like.
package struct NamePattern: Hashable, Sendable {
  package let text: String

  package init(_ text: String) { self.text = text }

  /// Whether it matches a dotted name or the path of something that this is in.
  package func matches(_ name: String) -> Bool {
    Self.paths(of: name).contains { fnmatch(text, $0, 0) == 0 }
  }

  /// `layer1`, `layer1.0`, `layer1.0.conv1` and `layer1.0.conv1.weight` of the last of these.
  package static func paths(of name: String) -> [String] {
    let parts = name.split(separator: ".")
    return parts.indices.map { parts[...$0].joined(separator: ".") }
  }
}

extension NetworkGraph {
  /// The names of the parameters that follow a gradient, in the order of the network.
  package var trainedNames: [String] {
    nodes.flatMap { node in
      node.parameters.filter { $0.role == .trained }.map { "\(node.name).\($0.name)" }
    }
  }

  /// The names in the order of the network of the trained parameters that a pattern matches.
  /// - Throws: `UnknownName` if there are none.
  package func trainedNames(matching pattern: NamePattern) throws(UnknownName) -> [String] {
    let names = trainedNames
    let found = names.filter(pattern.matches)
    if found.isEmpty {
      throw UnknownName(pattern.text, among: names.flatMap(NamePattern.paths))
    }
    return found
  }

  /// The names of all trained parameters of layers that stand before a layer or block.
  /// - Throws: `UnknownName` if there is no layer of that path.
  package func trainedNames(before path: String) throws(UnknownName) -> [String] {
    let first = try node(at: path, last: false)
    return nodes[..<first.index].flatMap { node in
      node.parameters.filter { $0.role == .trained }.map { "\(node.name).\($0.name)" }
    }
  }

  /// The layer of a path; of a block the first or last one in it.
  /// - Throws: `UnknownName` if there is none.
  package func node(at path: String, last: Bool) throws(UnknownName) -> Node {
    // The sum of a residual block has the block's name, and stands at its end.
    let inside = nodes.filter { $0.name == path || $0.name.hasPrefix(path + ".") }
    if let node = last ? inside.last : inside.first { return node }
    throw UnknownName(path, among: nodes.map(\.name).flatMap(NamePattern.paths))
  }
}
