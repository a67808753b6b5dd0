/// How tables in papers write a part of a network; a few characters for what can be many layers.
package enum StageNotation: Hashable, Sendable {
  /// `7×7, 64, stride 2`
  case layer(LayerNotation)
  /// The path beside a shortcut: `[3×3, 64; 3×3, 64]`.
  case residual([StageNotation])
  /// Branches whose channels are joined: `{1×1, 64 | 1×1, 96; 3×3, 128}`.
  case branches([[StageNotation]])

  /// The parts of a path from the input to the output, one text each; `[3×3, 64; 3×3, 64] × 3`
  /// stands for three equal ones in a row.
  package static func texts(_ path: [StageNotation]) -> [String] {
    runs(path).map { part, count in
      guard count > 1 else { return part.text }
      if case .layer = part { return "[\(part.text)] × \(count)" }
      return "\(part.text) × \(count)"
    }
  }

  /// Equal neighbours counted: `a a b a` → `(a, 2) (b, 1) (a, 1)`.
  package static func runs<Element: Equatable>(
    _ elements: [Element]
  ) -> [(element: Element, count: Int)] {
    var runs: [(element: Element, count: Int)] = []
    for element in elements {
      if let last = runs.last, last.element == element {
        runs[runs.count - 1].count += 1
      } else {
        runs.append((element, 1))
      }
    }
    return runs
  }

  private var text: String {
    switch self {
    case .layer(let layer): layer.fullText
    case .residual(let path): "[\(Self.joined(path))]"
    case .branches(let branches): "{\(branches.map(Self.joined).joined(separator: " | "))}"
    }
  }

  private static func joined(_ path: [StageNotation]) -> String {
    path.isEmpty ? "identity" : path.map(\.text).joined(separator: "; ")
  }

  /// Beside a shortcut papers write no stride, so that the first of several blocks, which makes
  /// maps smaller, is written like the others; the stage's output size tells.
  fileprivate var withoutStride: StageNotation {
    switch self {
    case .layer(let layer): .layer(LayerNotation(layer.text))
    case .residual(let path): .residual(path.map(\.withoutStride))
    case .branches(let branches): .branches(branches.map { $0.map(\.withoutStride) })
    }
  }
}

extension NetworkGraph {
  /// The path that leads to the end of some nodes, as far back as it stays among them, without
  /// layers that papers leave out.
  /// - Parameter members: indices of nodes, in order.
  func notation(of members: [Int]) -> [StageNotation] {
    guard let last = members.last else { return [] }
    return path(to: .node(last), among: Set(members)).parts
  }

  /// - Returns: also where the path comes from.
  private func path(
    to end: Source, among members: Set<Int>
  ) -> (parts: [StageNotation], start: Source) {
    var parts: [StageNotation] = []
    var source = end
    while case .node(let index) = source, members.contains(index) {
      let node = nodes[index]
      if node.inputs.count == 1 {
        if let layer = node.layer.notation { parts.append(.layer(layer)) }
        source = node.inputs[0]
      } else {
        // What is joined stands in the scope that has the join's name.
        let inner = members.filter { nodes[$0].name.hasPrefix(node.name + ".") }
        let paths = node.inputs.map { path(to: $0, among: inner) }
        parts.append(
          node.layer is Concatenation
            ? .branches(paths.map(\.parts)) : .residual(paths[0].parts.map(\.withoutStride)))
        source = paths[0].start
      }
    }
    return (parts.reversed(), source)
  }
}
