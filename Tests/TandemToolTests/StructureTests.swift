import Foundation
import Testing

/// Readers find what they look for: a type stands in the file of its name.
@Suite struct StructureTests {
  /// Files that hold another type too, each with the reason.
  private static let exceptions: [String: (type: String, reason: String)] = [
    "Sources/TandemExecution/OneDNN/Operation.swift": (
      "Primitive", "only operations make and keep it; one cannot be read without the other"
    )
  ]

  /// The types of a file's top level, but for private ones, that are not what the file is named after.
  /// `Trainer+Mesh.swift` is a part of `Trainer`.
  static func misplacedTypes(in text: String, file: String) -> [String] {
    let name = (file as NSString).lastPathComponent.prefix { $0 != "." && $0 != "+" }
    let kinds: Set<Substring> = ["protocol", "struct", "class", "enum", "actor"]
    return text.split(separator: "\n").compactMap { line in
      // Attributes may have arguments with spaces in them.
      let words = line.replacing(try! Regex("@\\w+(\\([^)]*\\))? ?"), with: "")
        .split(separator: " ")
      guard line.first?.isWhitespace == false, !words.contains("private"),
        !words.contains("fileprivate"),
        let kind = words.firstIndex(where: { kinds.contains($0) }), kind + 1 < words.count,
        words[..<kind].allSatisfy({ modifiers.contains($0) })
      else { return nil }
      let type = words[kind + 1].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      return type == name ? nil : String(type)
    }
  }

  private static let modifiers: Set<Substring> = [
    "public", "package", "internal", "open", "final", "indirect", "nonisolated",
  ]

  private static func swiftFiles(below folder: String) throws -> [String] {
    let root = DocumentationTests.root
    return try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)
      .filter { $0.hasSuffix(".swift") }.map { folder + "/" + $0 }.sorted()
  }

  private static func text(_ file: String) throws -> String {
    try String(contentsOf: DocumentationTests.root.appending(path: file), encoding: .utf8)
  }

  @Test func typesHaveFilesOfTheirNames() throws {
    let files = try Self.swiftFiles(below: "Sources")
    #expect(files.count > 300)
    for file in files {
      let allowed = Self.exceptions[file].map { [$0.type] } ?? []
      #expect(
        try Self.misplacedTypes(in: Self.text(file), file: file) == allowed,
        "\(file): give each of these a file of its name, or make it private")
    }
    for file in Self.exceptions.keys {
      #expect(files.contains(file), "\(file) is gone, and so should its exception be")
    }
  }

  @Test func hiddenTypesAreFound() {
    let text = """
      import Foundation

      /// Two of a kind.
      public struct Pair {
        enum Nested {}
      }

      package protocol Hidden {}
      @available(*, deprecated, message: "a struct of old") final class Other {}
      indirect enum Tree<Leaf> {}
      private struct Own {}
      fileprivate enum Mine {}
      extension Pair {}
      func structure() {}
      struct Pairs: Sequence {}
      """
    #expect(
      Self.misplacedTypes(in: text, file: "Sources/A/Pair+Sums.swift")
        == ["Hidden", "Other", "Tree", "Pairs"])
    #expect(
      Self.misplacedTypes(in: "public struct Pair {}", file: "Sources/A/Pair.swift").isEmpty)
  }
}
