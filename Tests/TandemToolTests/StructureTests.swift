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

  /// The types of a file's top level, but for private ones, that are not what the file is named
  /// after. `Trainer+Mesh.swift` is a part of `Trainer`.
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
    // Those that are made of .proto files have the order of these.
    return try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)
      .filter { $0.hasSuffix(".swift") && !$0.hasSuffix(".pb.swift") }
      .map { folder + "/" + $0 }.sorted()
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

  /// Such as the ones that README tells to add a line to.
  @Test(arguments: DocumentationTests.documents)
  func filesNamedInDocumentsExist(document: String) throws {
    let sources = DocumentationTests.root.appending(path: "Sources")
    let names = Set(
      try FileManager.default.subpathsOfDirectory(atPath: sources.path).map {
        ($0 as NSString).lastPathComponent
      })
    let mentioned = try Self.text(document).matches(of: #/`([A-Za-z0-9_+]+\.(?:swift|h|c))`/#)
    if document == "README.md" { #expect(mentioned.count >= 5) }
    for match in mentioned {
      #expect(names.union(["Package.swift"]).contains(String(match.output.1)))
    }
  }

  // MARK: Initialisers

  /// The initialisers in a file that take more than six parameters: the type and their number.
  static func longInitialisers(in text: String) -> [String] {
    var type = ""
    var found: [String] = []
    let declaration = #/^(?:[\w@() ]*\s)?(?:class|struct|enum|extension|actor|protocol) (\w+)/#
    let initialiser = #/^ +(?:[\w@]+ )*init[?]?\(/#
    let lines = text.components(separatedBy: "\n")
    for (number, line) in lines.enumerated() {
      if let match = try? declaration.firstMatch(in: line), !line.hasPrefix(" ") {
        type = String(match.output.1)
      }
      guard (try? initialiser.firstMatch(in: line)) != nil else { continue }
      let rest = lines[number...].joined(separator: " ")
      let start = rest.range(of: "init")?.upperBound ?? rest.startIndex
      // Colons of the outermost parentheses; those of closures and dictionaries are further inside.
      var depth = 0
      var parameters = 0
      for character in rest[start...] {
        if "([{".contains(character) { depth += 1 }
        if ")]}".contains(character) { depth -= 1 }
        if character == ":", depth == 1 { parameters += 1 }
        if depth == 0, character == ")" { break }
      }
      if parameters > 6 { found.append("\(type) \(parameters)") }
    }
    return found
  }

  /// What always travels together is a value with a name. Descriptions, which are compared and
  /// stored, may have as many fields as they like.
  @Test func initialisersOfWhatRunsAreShort() throws {
    let descriptions: Set<String> = [
      "OptimizerOptions 11", "Plans 8", "PlateauSchedule 7", "ScheduleOptions 15",
      "tandem_adam_scalars 7",
    ]
    for folder in ["TandemTraining", "TandemData"] {
      for file in try Self.swiftFiles(below: "Sources/" + folder) {
        let long = try Self.longInitialisers(in: Self.text(file))
        #expect(Set(long).subtracting(descriptions).isEmpty, "\(file)")
      }
    }
  }

  @Test func longInitialisersAreFound() {
    let text = """
      final class Machine {
        init(a: Int, b: Int, c: Int, d: Int, e: Int, f: [Int: Int] = [1: 2]) {}
        private convenience init(
          a: Int, b: Int, c: Int, d: Int, e: Int, f: (Int, Int) -> Int,
          g: Int
        ) throws {
          let x: Int = 1
        }
      }
      """
    #expect(Self.longInitialisers(in: text) == ["Machine 7"])
  }

  // MARK: Walks

  /// A list of files in docs/how-it-works.md.
  struct Walk {
    var files: [String] = []
    /// Files that were there before.
    var jumpsBack: [String] = []
    /// Numbers that lines begin with.
    var numbers: [Int] = []

    init(_ lines: some Sequence<Substring>) throws {
      for line in lines {
        if let match = try #/^([0-9]+)\. `([^`]+)`: ./#.firstMatch(in: line) {
          numbers.append(Int(match.output.1) ?? 0)
          files.append(String(match.output.2))
        } else if let match = try #/^ +- back to `([^`]+)`: ./#.firstMatch(in: line) {
          jumpsBack.append(String(match.output.1))
        }
      }
    }

    /// What makes it no list of files in reading order.
    func problems() -> [String] {
      let root = DocumentationTests.root
      let missing = files.filter {
        !FileManager.default.fileExists(atPath: root.appending(path: $0).path)
      }
      return missing.map { "\($0) does not exist" }
        + (Set(files).count == files.count ? [] : ["a file is there twice"])
        + (numbers == Array(1...max(1, files.count)) ? [] : ["the numbers \(numbers)"])
        + jumpsBack.filter { !files.contains($0) }.map { "\($0) was not there before" }
    }
  }

  /// By the headings of level three below "Walks through the code".
  private static func walks() throws -> [String: [Substring]] {
    let text = try Self.text("docs/how-it-works.md")
    let part = try #require(text.components(separatedBy: "## Walks through the code\n").last)
    return Dictionary(
      uniqueKeysWithValues: part.components(separatedBy: "\n### ").dropFirst().map {
        let lines = $0.split(separator: "\n")
        return (String(lines[0]), Array(lines.dropFirst()))
      })
  }

  @Test func walkOfAnImageIsShort() throws {
    let lines = try #require(try Self.walks()["One image"])
    let walk = try Walk(lines)
    #expect(walk.problems() == [])
    #expect((25...40).contains(walk.files.count))
    #expect((1...3).contains(walk.jumpsBack.count))
    let setUp = try Walk(lines.prefix { !$0.hasPrefix("The image's way") })
    #expect((1...12).contains(setUp.files.count))
    #expect(setUp.jumpsBack.isEmpty)
  }

  @Test func walkOfAGradientIsShort() throws {
    let walk = try Walk(try #require(try Self.walks()["One gradient between ranks"]))
    #expect(walk.problems() == [])
    #expect((10...15).contains(walk.files.count))
    #expect(walk.jumpsBack.isEmpty)
  }

  @Test func walksThatLeadNowhereAreFound() throws {
    let walk = try Walk(
      """
      1. `Sources/Gone.swift`: not any more
      2. `Package.swift`: there
      2. `Package.swift`: again
          - back to `README.md`: from nowhere
      """.split(separator: "\n"))
    #expect(
      walk.problems() == [
        "Sources/Gone.swift does not exist", "a file is there twice", "the numbers [1, 2, 2]",
        "README.md was not there before",
      ])
  }

  // MARK: What layers say of themselves

  /// Where code asks which layer it has before it, each with the reason; operators may, in their
  /// folder.
  private static let asksForLayers = [
    "Sources/TandemNetwork/Network.swift": "other rates are for Dropout and nothing else",
    "Sources/TandemNetwork/Description/StageNotation.swift":
      "the papers' tables write branches in their own way",
    "Sources/TandemExecution/Plan/LaneChoice.swift": "kernels for some layers, computed together",
  ]

  /// Lines that ask whether a layer is of one type.
  static func casts(in text: String, layers: [String]) throws -> [String] {
    let names = layers.joined(separator: "|")
    let cast = try Regex("(\\b(is|as[?!]?)) (any )?(\(names))\\b")
    return text.split(separator: "\n").map(String.init).filter {
      !$0.drop(while: \.isWhitespace).hasPrefix("//") && $0.contains(cast)
    }
  }

  @Test func layersSayWhatOthersNeedToKnow() throws {
    let layers = try Self.swiftFiles(below: "Sources/TandemNetwork/Layers")
      .map { String(($0 as NSString).lastPathComponent.dropLast(6)) }
    #expect(layers.contains("BatchNorm2D") && layers.count > 20)
    for file in try Self.swiftFiles(below: "Sources") {
      let mayAsk =
        Self.asksForLayers[file] != nil || file.hasPrefix("Sources/TandemExecution/Operators/")
        || file.hasPrefix("Sources/TandemNetwork/Layers/")
      let casts = try Self.casts(in: Self.text(file), layers: layers)
      #expect(mayAsk || casts.isEmpty, "\(file): let the layer have a property that says this")
      if Self.asksForLayers[file] != nil { #expect(!casts.isEmpty, "\(file) need not ask") }
    }
  }

  @Test func castsToLayersAreFound() throws {
    let text = """
      if layer is Dense {}
      let norm = node.layer as? BatchNorm2D
      case let pool as MaxPool2D:
      // It is Dense.
      let layer: any Layer = Dense(10)
      case is DenseBlock:
      """
    let found = try Self.casts(in: text, layers: ["Dense", "BatchNorm2D", "MaxPool2D"])
    #expect(found.count == 3, "\(found)")
  }
}
