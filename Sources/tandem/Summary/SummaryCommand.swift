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

      --parallelism shows how the network is spread over the devices of a --mesh: what each computes, \
      where they exchange activations, and what each has in memory and sends.

      Example:
        tandem summary simple-convnet
        tandem summary resnet-50 --stages
        tandem summary mnist-cnn --input-size 3x32x32 --num-classes 100 --json
        tandem summary alexnet --parallelism model --mesh 1x2
      """
  )

  @Argument(
    help: "The network; without one, all networks are listed as by 'tandem models'.",
    completion: .models)
  var model: String?

  @OptionGroup
  var shape: ModelShapeOptions

  @Flag(help: "Print the stages only.")
  var stages = false

  @Option(
    help: ArgumentHelp(
      "Show how the network is spread over devices: data, model or hybrid.", valueName: "kind"))
  var parallelism: Parallelism?

  @OptionGroup
  var devices: PlannedDevices

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if model == nil, shape.isGiven || stages || parallelism != nil {
      throw ValidationError(
        "--stages, --parallelism, \(ModelShapeOptions.names) belong to a network; name it too")
    }
    try validatePlacement()
  }

  private func validatePlacement() throws {
    guard let parallelism else {
      let given = [
        ("--mesh", devices.mesh != nil), ("--batch-size", devices.batchSize != nil),
        ("--pieces", devices.pieces != nil),
      ]
      for (option, isGiven) in given where isGiven {
        throw ValidationError("\(option) belongs to --parallelism; give that too")
      }
      return
    }
    if devices.mesh == nil {
      throw ValidationError("--parallelism needs the devices too: --mesh 1x2, for example")
    }
    if devices.pieces != nil, parallelism != .hybrid {
      throw ValidationError("--pieces belongs to --parallelism hybrid; leave it out")
    }
    if stages {
      throw ValidationError("--stages has no --parallelism; leave out one of the two")
    }
  }

  func run() throws {
    guard let model else {
      let list = try ModelList()
      return json ? try printJSON(list.models) : printReport(list.text())
    }
    let graph = try shape.network(named: model).graph()
    if let parallelism, let mesh = devices.mesh {
      let placed = try PlacedNetwork(graph, mesh: mesh, parallelism: parallelism)
      if (devices.pieces ?? 1) > 1 { try placed.checkPieces() }
      let placement = try PlacementSummary(placed, devices.step(mesh))
      return json ? try printJSON(placement) : printReport(placement.table())
    }
    let summary = NetworkSummary(graph)
    if stages, summary.stages.isEmpty {
      throw ValidationError("the network \(model) has no stages; leave out --stages")
    }
    switch (json, stages) {
    case (true, true): try printJSON(summary.stages)
    case (true, false): try printJSON(summary)
    case (false, true): printReport(summary.stageTable())
    case (false, false): printReport(summary.table())
    }
  }
}
