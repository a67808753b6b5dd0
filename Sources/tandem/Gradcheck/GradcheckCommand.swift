import ArgumentParser
import Tandem
import TandemNetwork

/// `tandem gradcheck`: is what training computes really the gradient of the loss?
struct GradcheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradcheck",
    abstract: "Compare backpropagation with numerical differentiation, parameter by parameter.",
    discussion: """
      Backpropagation runs as in training, in float32; the derivatives come from central differences \
      of a slow reference in double precision. Ends with exit code 1 if any parameter's worst \
      relative error is above the tolerance.

      Example:
        tandem gradcheck lenet
        tandem gradcheck mnist-cnn --dropout 0.5 --samples 50 --json
      """
  )

  @Argument(help: "The network.", completion: .models)
  var model: String

  @Option(
    help: ArgumentHelp("Elements to check of each parameter. (default: 20)", valueName: "n"),
    transform: atLeast(1))
  var samples = 20

  @Flag(help: "Check every element; takes long for large networks.")
  var all = false

  @Option(
    name: [.customShort("b"), .long], help: ArgumentHelp("Images. (default: 4)", valueName: "n"),
    // The reference in double precision holds all outputs of all images at once.
    transform: atLeast(1, atMost: 1024))
  var batchSize = 4

  @Option(
    help: ArgumentHelp(
      "Rate of all dropout layers. (default: 0, off)", valueName: "rate"),
    transform: rate)
  var dropout = 0.0

  @Option(
    help: ArgumentHelp(
      "The largest relative error that passes. (default: 0.001)", valueName: "error"),
    transform: positiveNumber)
  var tolerance = 1e-3

  @OptionGroup
  var shape: ModelShapeOptions

  @Option(
    help: ArgumentHelp(
      "Decides images, labels, parameters and which elements are checked.", valueName: "n"))
  var seed: UInt64 = 0

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let graph = try shape.network(named: model)
      .replacingDropout(rate: dropout).graph()
    let result = try GradientCheck(
      graph: graph, images: batchSize, seed: seed, samples: all ? nil : samples
    ).run()
    let passed = result.worstRelativeError <= tolerance
    if json {
      try printJSON(
        Report(
          model: model, batchSize: batchSize, seed: seed, tolerance: tolerance, passed: passed,
          worstRelativeError: result.worstRelativeError, parameters: result.parameters))
    } else {
      printTable(result)
    }
    if !passed {
      throw GradcheckError.aboveTolerance(
        model: model, worst: result.worstRelativeError, tolerance: tolerance)
    }
  }

  private func printTable(_ result: GradientCheck.Result) {
    let table = TextTable(
      columns: [
        .left("Parameter"), .left("Shape"), .right("Checked"), .right("Worst relative error"),
        .right("Backpropagated"), .right("Numerical"),
      ],
      rows: result.parameters.map { parameter in
        [
          parameter.name, parameter.shape.description, parameter.elementsChecked.grouped,
          scientific(parameter.worstRelativeError, 1), scientific(parameter.backpropagated, 6),
          scientific(parameter.numerical, 6),
        ]
      })
    printReport(table.text)
    printReport(
      "Worst relative error: \(scientific(result.worstRelativeError, 1)) "
        + "(tolerance \(scientific(tolerance, 1)))")
  }

  private struct Report: Encodable {
    let model: String
    let batchSize: Int
    let seed: UInt64
    let tolerance: Double
    let passed: Bool
    let worstRelativeError: Double
    let parameters: [GradientCheck.ParameterResult]
  }
}
