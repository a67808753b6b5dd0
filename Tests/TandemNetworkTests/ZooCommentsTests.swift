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
  @Test(arguments: Zoo.models.map(\.name)) func commentsAreTrue(name: String) throws {
    let entry = try Zoo.entry(named: name)
    let file = packageRoot.appending(path: "Sources/TandemZoo/\(entry.family).swift")
    let source = try String(contentsOf: file, encoding: .utf8)
    let lines = source.split(separator: "\n")
    let start = try #require(lines.firstIndex { $0.contains("\"\(name)\"") })
    let graph = try entry.make().graph()

    let opening = try #require(
      lines[start...].firstIndex { $0.contains("Network(name, input: input) {") })
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

  /// `[N,30,24,24]` → `[30, 24, 24]`
  private func shape(_ text: Substring?) -> Shape? {
    guard let text else { return nil }
    let inner = text.trimmingCharacters(in: CharacterSet(charactersIn: " []"))
    let parts = inner.split(separator: ",")
    guard parts.first == "N" else { return nil }
    return Shape(parts.dropFirst().compactMap { Int($0) })
  }
}
