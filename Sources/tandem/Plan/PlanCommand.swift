import ArgumentParser
import Tandem
import TandemInsight

/// `tandem plan`: what a step would take on several devices, before there are any.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Predict which parallelism would be fastest on several devices.",
    discussion: """
      Times the network's layers on this machine with one worker, and predicts from that and from the \
      network between the devices what a training step would take with data, model and hybrid \
      parallelism. docs/parallelism.md has the cost model.

      Example:
        tandem plan --model alexnet --mesh 1x2 --network 10gbit
        tandem plan --model lenet --mesh 2x2 --batch-size 64 --network 1gbit --json
      """
  )

  @Option(help: ArgumentHelp("The network.", valueName: "name"), completion: .models)
  var model: String

  @OptionGroup
  var devices: PlannedDevices

  @OptionGroup
  var link: LinkOptions

  @Option(
    help: ArgumentHelp("Steps to time. (default: 3)", valueName: "n"),
    transform: atLeast(1, atMost: 10_000))
  var steps = 3

  @OptionGroup
  var shape: ModelShapeOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    guard let mesh = devices.mesh else {
      throw ValidationError("give the devices with --mesh, 1x2 for example")
    }
    let step = try devices.step(mesh)
    let description = try shape.network(named: model)
    var options = TrainingOptions()
    options.batchSize = step.batchSize
    options.pieces = step.pieces
    let planner = try Planner(
      description, mesh: mesh, options, images: step.batchSize, link: link.link)
    let measurement = LayerMeasurement(network: description, steps: steps)
    let report = try planner.report(measuring: measurement.times)
    if json {
      try printJSON(report)
    } else {
      printReport(report.text())
    }
  }
}
