import ArgumentParser
import Foundation
import Logging
import Tandem
import TandemInsight
import TandemProcess

/// `tandem plot`: the course of runs.
struct PlotCommand: SavingCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Plot loss, accuracy, learning rate and speed of runs.",
    discussion: """
      Training and test images have a line each; the best epoch, by the test accuracy, is marked. Several runs \
      share the axes. A run that is under way is shown as far as it has come.

      Example:
        tandem plot run1 --output run1.png
        tandem plot run1 run2 --quantity accuracy --output both.svg
        tandem plot run1 --terminal
      """
  )

  @Argument(
    help: ArgumentHelp("The output folders of runs.", valueName: "folder"),
    completion: .directory, transform: nonEmptyPath)
  var folders: [String]

  @Option(
    help: ArgumentHelp(
      "Only loss, accuracy, rate or speed; may be given several times. (default: all)",
      valueName: "what"))
  var quantity: [PlotQuantity] = []

  @Option(
    help: ArgumentHelp(
      "What the horizontal axis counts, epoch or step. (default: epoch)", valueName: "what"))
  var axis: PlotAxis = .epoch

  @Flag(
    help: ArgumentHelp(
      "Plot the size of each layer's weights, their change, gradients and dead units, of a run with "
        + "--layer-statistics."))
  var layers = false

  @Option(
    help: ArgumentHelp("Where the plot goes, a PNG or an SVG.", valueName: "file"),
    completion: .file(), transform: drawingPath)
  var output: String?

  @Flag(help: "Plot in the terminal, with letters if it has no graphics.")
  var terminal = false

  @Flag(help: "Print JSON.")
  var json = false

  var savesResults: Bool { output != nil }

  static let most = 7

  func validate() throws {
    if folders.isEmpty { throw ValidationError("name the output folder of a run") }
    if output == nil, !terminal {
      throw ValidationError("name a file for the plot with --output, or give --terminal")
    }
    if terminal, json { throw ValidationError("give one of --terminal and --json") }
    if layers, folders.count > 1 {
      throw ValidationError("--layers is about one run; there are \(folders.count)")
    }
    if layers, !quantity.isEmpty {
      throw ValidationError("--layers has quantities of its own; leave out --quantity")
    }
    // There are no more colours that everybody can tell apart.
    if folders.count > Self.most {
      throw ValidationError(
        "more than \(Self.most) runs in one plot cannot be told apart; name fewer")
    }
  }

  func run() throws {
    let runs = try folders.map { try PlottedRun(folder: $0) }
    let quantities = quantity.isEmpty ? PlotQuantity.allCases : quantity
    let panels =
      layers
      ? try runs[0].panelsOfLayers(by: axis) : quantities.map { $0.panel(runs, by: axis) }
    let sheet = PlotSheet(title: folders.joined(separator: ", ").messageLine, panels: panels)
    if let output { try DrawingFile.write(to: output, sheet.encoded) }
    if terminal { return try Self.show(sheet) }
    let report = Report(
      output: output,
      runs: runs.map {
        Report.Run(
          folder: $0.name, epochs: $0.epochs.count, bestEpoch: $0.best?.epoch,
          bestTop1: $0.best?.measuredTop1, bestLoss: $0.best?.measuredLoss)
      })
    if json {
      try printJSON(report)
    } else if let output {
      printReport(
        "\(counted(report.runs.reduce(0) { $0 + $1.epochs }, "epoch")) of "
          + "\(folders.joined(separator: ", ")) in \(output)".messageLine)
    }
  }

  /// On standard output: a picture where the terminal shows such, else letters, as wide as the
  /// terminal, and without colours where it is none.
  private static func show(_ sheet: PlotSheet) throws {
    switch Result(catching: { () throws(TerminalScreen.Refusal) in try TerminalScreen.ask() }) {
    case .success(let screen): return try TerminalDrawing.show(on: screen, sheet.encoded)
    case .failure(let refusal):
      if refusal.isOfTerminal {
        Logger(label: "tandem.plot").notice("letters in place of a picture: \(refusal.words)")
      }
    }
    let style = TerminalPlot.style(
      isTerminal: isatty(STDOUT_FILENO) == 1, TerminalCurves.environment)
    let lines = TerminalCurves.lines(
      sheet.panels, columns: TerminalCurves.columns(STDOUT_FILENO), style: style)
    print(lines.joined(separator: "\n"))
  }

  private struct Report: Encodable {
    struct Run: Encodable {
      let folder: String
      let epochs: Int
      let bestEpoch: Int?
      let bestTop1: Double?
      let bestLoss: Double?
    }

    let output: String?
    let runs: [Run]
  }
}
