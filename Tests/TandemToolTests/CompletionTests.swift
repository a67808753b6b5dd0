import Foundation
import Tandem
import Testing

/// Scripts with which shells complete command lines.
@Suite(.serialized) struct CompletionTests {
  @Test(arguments: ["bash", "zsh", "fish"]) func scriptsNameWhatThereIs(shell: String) throws {
    let run = try ToolRun("--generate-completion-script \(shell)")
    run.expectSuccess()
    for name in ["resnet-50", "cifar-resnet-20", "adadelta", "polynomial", "show-batch"] {
      #expect(run.standardOutput.contains(name), "\(name)")
    }
    #expect(!run.standardOutput.contains("manual"))
  }

  /// What bash would offer after a line.
  private func offered(_ words: [String]) throws -> Set<String> {
    let script = try ToolRun("--generate-completion-script bash").standardOutput
    let folder = try TemporaryFolder()
    try script.write(toFile: folder.path("completion"), atomically: true, encoding: .utf8)
    let name = try #require(
      script.firstMatch(of: #/complete .*-F (\S+) tandem/#)
    ).output.1
    let list = words.map { "'\($0)'" }.joined(separator: " ")
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = [
      "-c",
      """
      PATH='\(try ToolRun.tool().deletingLastPathComponent().path)':$PATH
      source '\(folder.path("completion"))'
      COMP_WORDS=(\(list)); COMP_CWORD=\(words.count - 1)
      COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
      \(name) tandem '\(words[words.count - 1])' '\(words[words.count - 2])'
      printf '%s\\n' "${COMPREPLY[@]}"
      """,
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.currentDirectoryURL = folder.url
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Set(text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
  }

  @Test func bashCompletesNames() throws {
    #expect(try offered(["tandem", "train", "--opt", ""]).isSuperset(of: AnyOptimizer.names))
    #expect(
      try offered(["tandem", "train", "--lr-scheduler", "co"]) == ["constant", "cosine"])
    #expect(try offered(["tandem", "train", "--model", "vgg-16"]).contains("vgg-16-bn"))
    #expect(
      try offered(["tandem", "summary", "lenet-5-mo"]).allSatisfy { $0.hasPrefix("lenet-5") })
    #expect(try offered(["tandem", "lr-find", "--augment", "ci"]) == ["cifar"])
  }
}
