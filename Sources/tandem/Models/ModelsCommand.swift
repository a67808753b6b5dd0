import ArgumentParser

/// `tandem models`: which networks there are, and what each costs.
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List the networks: inputs, classes, parameters, cost.",
    discussion: """
      Parameters are the trainable ones. Auxiliary heads help to train a network and are left out \
      afterwards. Multiply-adds are those of one image without them.

      Example:
        tandem models
        tandem models --json
      """
  )

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let list = try ModelList()
    if json {
      try printJSON(list.models)
    } else {
      printReport(list.text())
    }
  }
}
