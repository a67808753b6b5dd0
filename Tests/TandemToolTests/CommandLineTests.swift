import Testing

/// How the tool behaves whatever the subcommand: help, mistyped words, options out of range.
@Suite struct CommandLineTests {
  static let subcommands = [
    "train", "lr-find", "evaluate", "predict", "models", "summary", "gradcheck", "bench",
    "bench-exchange",
    "plan", "doctor", "augment", "show-batch", "features", "explain", "activations",
    "filters", "ascend", "embed", "plot", "report", "live", "serve", "export", "data", "show",
    "diff", "runs",
  ]

  @Test(arguments: subcommands)
  func helpHasAnExample(subcommand: String) throws {
    let run = try ToolRun([subcommand, "--help"])
    run.expectSuccess()
    let help = run.standardOutput.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(help.firstIndex(of: "Example:"))
    let examples = help[(start + 1)...].prefix { !$0.isEmpty }
    #expect(!examples.isEmpty)
    // A command that the help screen wraps could not be copied.
    #expect(
      examples.allSatisfy {
        $0.replacing("mpirun -n 2 tandem", with: "tandem").hasPrefix("  tandem \(subcommand)")
      })
    #expect(run.standardError.isEmpty)
  }

  @Test func helpOfTheToolListsAllSubcommands() throws {
    for arguments in [["--help"], ["help"], []] {
      let run = try ToolRun(arguments)
      run.expectSuccess()
      for subcommand in Self.subcommands {
        #expect(run.standardOutput.contains("\n  \(subcommand) "))
      }
    }
  }

  @Test func versionIsPrinted() throws {
    let run = try ToolRun("--version")
    run.expectSuccess()
    #expect(run.lines.count == 1)
  }

  @Test func unknownSubcommandNamesTheKnownOnes() throws {
    try ToolRun("sumary lenet").expectFailure(naming: "\"sumary\"", "summary", "tandem --help")
  }

  @Test func unknownOptionNamesTheNearest() throws {
    try ToolRun("summary lenet --jsn")
      .expectFailure(naming: "--jsn", "'--json'?", "tandem summary --help")
  }

  @Test func unknownModelNamesTheNearest() throws {
    try ToolRun("summary simple-covnet").expectFailure(
      naming: "\"simple-covnet\"", "simple-convnet?")
  }

  @Test func badImageShapeNamesTheOption() throws {
    try ToolRun("summary lenet --input-size 28by28").expectFailure(
      naming: "--input-size", "3x32x32")
  }

  @Test func imageTooSmallForTheNetworkNamesLayerAndShape() throws {
    try ToolRun("summary mnist-cnn --input-size 1x2x2").expectFailure(naming: "conv1", "[1, 2, 2]")
  }
}
