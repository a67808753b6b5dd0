import Foundation
import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

/// The shapes beside the lines of the zoo's source files are the shapes that are inferred.
///
/// Reads networks that are one list of layers, one layer a line; every line that changes the shape
/// must say so.
@Suite struct ZooCommentsTests {
  /// Networks that are one list of layers.
  static let lists = Zoo.models.filter { entry in
    entry.make().elements.allSatisfy { element in
      if case .layer = element.content { true } else { false }
    }
  }.map(\.name)

  @Test(arguments: lists) func commentsAreTrue(name: String) throws {
    let entry = try Zoo.entry(named: name)
    let file = packageRoot.appending(path: "Sources/TandemZoo/\(entry.family).swift")
    let source = try String(contentsOf: file, encoding: .utf8)
    let lines = source.split(separator: "\n")
    let graph = try entry.make().graph()

    let opening = try #require(
      lines.firstIndex { $0.contains("Network(\"\(name)\", input: input) {") })
    #expect(shape(lines[opening].split(separator: "//").last) == graph.inputShape)

    var previous = graph.inputShape
    var checked = 0
    for (node, line) in zip(graph.nodes, lines[(opening + 1)...]) {
      #expect(line.contains("\(type(of: node.layer))("), "\(file.lastPathComponent): \(line)")
      let parts = line.split(separator: "// →")
      let stated = parts.count == 2 ? shape(parts[1]) : previous
      #expect(stated == node.outputShape, "\(file.lastPathComponent): \(line)")
      previous = node.outputShape
      checked += 1
    }
    #expect(checked == graph.nodes.count)
    #expect(lines[opening + 1 + checked].trimmingCharacters(in: .whitespaces) == "}")
  }

  /// In networks of stages, each stage says what it puts out in one of its family's networks.
  @Test(arguments: Set(Zoo.models.map(\.family)).sorted()) func stagesAreTrue(family: String) throws
  {
    let entries = Zoo.models.filter { $0.family == family && !Self.lists.contains($0.name) }
    var outputs: [Substring: Set<Shape>] = [:]
    for entry in entries {
      var last: [Substring: Shape] = [:]
      for node in try entry.make().graph().nodes {
        if let stage = node.stage { last[Substring(stage)] = node.outputShape }
      }
      for (stage, shape) in last { outputs[stage, default: []].insert(shape) }
    }
    let file = packageRoot.appending(path: "Sources/TandemZoo/\(family).swift")
    let source = try String(contentsOf: file, encoding: .utf8)
    for line in source.split(separator: "\n") where line.contains("Stage(\"") {
      let title = line.split(separator: "\"")[1]
      let stated = try #require(shape(line.split(separator: "// →").last), "\(line)")
      #expect(outputs[title]?.contains(stated) == true, "\(file.lastPathComponent): \(line)")
    }
  }

  /// `[N,30,24,24]` → `[30, 24, 24]`
  private func shape(_ text: Substring?) -> Shape? {
    guard let text else { return nil }
    let inner = text.trimmingCharacters(in: CharacterSet(charactersIn: " []"))
    let parts = inner.split(separator: ",")
    guard parts.first == "N" else { return nil }
    return Shape(parts.dropFirst().compactMap { Int($0) })
  }
}
