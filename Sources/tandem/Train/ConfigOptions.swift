import ArgumentParser

/// Options that stand in a file.
struct ConfigOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Take options from this file: YAML with their names (batch-size: 64), or the run.json of a run. Those "
        + "of the command line have precedence.", valueName: "file"),
    transform: nonEmptyPath)
  var config: String?

  @Flag(help: "Print such a file with the options that are given, and train nothing.")
  var printConfig = false

  /// What `--print-config` asks for, in place of a training.
  /// - Throws: `CleanExit` with the file's text.
  func validate() throws {
    guard printConfig else { return }
    let catalogue = OptionCatalogue(of: TrainCommand.self)
    let words = try ResumedOptions.completed(ToolArguments.all)
    throw CleanExit.message(
      try ConfigText.text(catalogue.options(in: Array(words.dropFirst())), catalogue))
  }
}
