import ArgumentParser
import Tandem
import TandemNetwork

/// `tandem summary`: what a network consists of, without running it.
struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary",
    abstract: "Print a network's layers, stages, shapes, parameters and cost.",
    discussion: """
      Networks that a paper describes in stages have a table of those too, in the paper's notation: \
      [1×1, 64; 3×3, 64] × 3 are three blocks, each of two convolutions beside a shortcut; {a | b} \
      are branches whose channels are joined.

      Example:
        tandem summary simple-convnet
        tandem summary resnet-50 --stages
        tandem summary mnist-cnn --input-size 3x32x32 --num-classes 100 --json
      """
  )

  @Argument(help: "The network; without one, all networks are listed as by 'tandem models'.")
  var model: String?

  @OptionGroup
  var shape: ModelShapeOptions

  @Flag(help: "Print the stages only.")
  var stages = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if model == nil, shape.isGiven || stages {
      throw ValidationError(
        "--stages, \(ModelShapeOptions.names) belong to a network; name it too")
    }
  }

  func run() throws {
    guard let model else {
      let list = try ModelList()
      return json ? try printJSON(list.models) : print(list.text())
    }
    let summary = NetworkSummary(try shape.network(named: model).graph())
    if stages, summary.stages.isEmpty {
      throw ValidationError("the network \(model) has no stages; leave out --stages")
    }
    switch (json, stages) {
    case (true, true): try printJSON(summary.stages)
    case (true, false): try printJSON(summary)
    case (false, true): print(summary.stageTable())
    case (false, false): print(summary.table())
    }
  }
}
