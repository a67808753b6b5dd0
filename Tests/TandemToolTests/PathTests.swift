import Foundation
import Tandem
import TandemTensor
import TestSupport
import Testing

/// Folders and files of any name are data, output, weights and arrays.
@Suite(.serialized) struct PathTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    _ = try IDXFolder(in: folder, name: "d")
    try ToolRun(
      ["train", "--model", "mlp", "--data", "d", "--epochs", "1", "--output", "w"], in: folder.url
    ).expectSuccess()
  }

  /// A script of /bin/sh that runs the tool with `$n` being the name whose bytes `octal` are.
  private func run(
    _ octal: String, before: String = ":", _ arguments: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> ToolRun {
    // The tool is $1.
    let script = "n=$(printf -- '\(octal)'); \(before); exec \"$1\" \(arguments)"
    return try ToolRun([], shell: script, in: folder.url, sourceLocation: sourceLocation)
  }

  @Test(arguments: [
    #"donn\351es"#, #"\377\376"#, #"a\200b\303"#, #"\364\217\277\251"#, #"donn\303\251es"#,
    "with space", "\\360\\237\\231\\202", #"line\nbreak"#, "-minus", "%%20", "a:b", "*", "~",
    String(repeating: "x", count: 240),
  ])
  func anyName(octal: String) throws {
    let steps = [
      (
        "cp -r d \"./$n\" || exit 9",
        "train --model mlp --data \"./$n\" --epochs 1 --output \"./$n out\""
      ),
      (":", "evaluate --weights \"./$n out\" --data \"./$n/\""),
      (":", "train --model mlp --data \"./$n\" --epochs 2 --resume \"$PWD/$n out\""),
      (":", "train --model mlp --data d --epochs 1 --weights \"./$n out\" --output \"$PWD/$n 2\""),
    ]
    for (before, arguments) in steps {
      let run = try run(octal, before: before, arguments)
      run.expectSuccess()
      // What is printed of the name is text.
      for scalar in (run.standardOutput + run.standardError).unicodeScalars {
        #expect(scalar.value < 0x10_FF80 && scalar != "\u{FFFD}", "\(run.standardError)")
      }
    }
    // Nothing was made under another name.
    let names = try Set(FileSystem.names(inFolder: folder.url.path))
    let name = try #require(names.subtracting(["d", "w"]).min { $0.utf8.count < $1.utf8.count })
    #expect(names == ["d", "w", name, name + " out", name + " 2"])
  }

  @Test func arraysAndArchives() throws {
    try NumPyArray(shape: [2, 8, 8], storage: .uint8((0..<128).map { UInt8($0) }))
      .write(to: folder.path("x.npy"))
    let run = try run(
      #"im\351ges"#, before: "cp x.npy \"$n.npy\"",
      "predict --weights w --input \"$n.npy\" --output \"out $n.npy\"")
    run.expectSuccess()
    #expect(run.standardOutput.contains(#"im\xE9ges.npy → logits [2, 10] in out im\xE9ges.npy"#))
    try self.run(#"im\351ges"#, before: "test -s \"out $n.npy\" || exit 9", "models")
      .expectSuccess()
  }

  /// The system gets a path's own bytes from one place; Foundation would put others in their place.
  @Test func sourcesAskTheSystemAboutPathsInOnePlace() throws {
    // Files of the system, and another kind of opening.
    let exceptions = [
      "FileSystem.swift", "FileSystem+Entries.swift", "SystemFile.swift", "CPUTopology.swift",
      "MachineFacts.swift",
      "MemoryLimits.swift", "SharedArenas.swift", "Launcher.swift", "LocalRanks.swift",
    ]
    let asking =
      #/FileManager\.|URL\(file|URL\(filePath|contentsOfFile|[^.\w](?:open|stat|lstat|opendir|mkdir|rename|unlink|symlink|readlink|realpath|access)\(\w/#
    let sources = DocumentationTests.root.appending(path: "Sources")
    let names = try FileManager.default.subpathsOfDirectory(atPath: sources.path)
      .filter { $0.hasSuffix(".swift") }
    #expect(names.count > 300)
    #expect("    let file = open(path, O_RDONLY)".contains(asking))
    for name in names where !exceptions.contains(where: { name.hasSuffix("/" + $0) }) {
      let lines = try String(contentsOf: sources.appending(path: name), encoding: .utf8)
        .split(separator: "\n")
      for line in lines where line.contains(asking) {
        // Names that are only looked at, and files of the system.
        let isHarmless = ["func ", "///", "lastPathComponent", "\"/proc"].contains(
          where: line.contains)
        #expect(isHarmless, "\(name): \(line); see FileSystem")
      }
    }
  }

  @Test func messagesShowTheBytes() throws {
    let run = try run(#"r\351sum\351"#, "evaluate --weights \"$n\"")
    run.expectFailure(naming: #"cannot read r\xE9sum\xE9: no such file or directory"#)
    #expect(run.errorLines.count == 1)
  }

  @Test func traces() throws {
    let run = try run(
      #"tr\351ce"#,
      "bench --model mlp --batch-size 4 --steps 2 --warm-up 1 --trace \"$n.json\"")
    run.expectSuccess()
    try self.run(#"tr\351ce"#, before: "test -s \"$n.json\" || exit 9", "models").expectSuccess()
  }
}
