import ArgumentParser
import Tandem
import TandemNetwork

/// `tandem summary`: what a network consists of, without running it.
struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary",
    abstract: "Print a network's layers, shapes, parameters and cost, or list the networks.",
    discussion: """
      Example:
        tandem summary simple-convnet
        tandem summary mnist-cnn --input-size 3x32x32 --num-classes 100 --json
      """
  )

  @Argument(help: "The network; without one, all networks are listed.")
  var model: String?

  @OptionGroup
  var shape: ModelShapeOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    guard let model else { return try listModels() }
    let graph = try shape.network(named: model).graph()
    let summary = NetworkSummary(graph)
    if json {
      try printJSON(summary)
    } else {
      print(summary.table())
    }
  }

  private func listModels() throws {
    let models = try Zoo.models.map { entry in
      ModelListing(
        name: entry.name, family: entry.family, summary: entry.summary,
        inputShape: entry.inputShape, classes: entry.classes,
        trainableParameters: try entry.make().graph().parameterLayout.trainableParameters)
    }
    if json { return try printJSON(models) }
    let table = TextTable(
      columns: [
        .left("Model"), .left("Input"), .right("Classes"), .right("Parameters"),
        .left("Description"),
      ],
      rows: models.map { model in
        [
          model.name, model.inputShape.description, model.classes.grouped,
          model.trainableParameters.grouped, model.summary,
        ]
      })
    print(table.text)
  }

  private struct ModelListing: Encodable {
    let name: String
    let family: String
    let summary: String
    let inputShape: Shape
    let classes: Int
    let trainableParameters: Int
  }
}
