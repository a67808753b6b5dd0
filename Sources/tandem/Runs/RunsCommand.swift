import ArgumentParser
import Tandem
import TandemNetwork
import TandemProcess

/// `tandem runs`: a table of the runs in a folder.
struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "List the runs in a folder with their results.",
    discussion: """
      Example:
        tandem runs .
        tandem runs experiments --sort top-1 --filter lenet
      """
  )

  enum Order: String, ExpressibleByArgument, CaseIterable {
    case name, started
    case top1 = "top-1"
    case loss
  }

  @Argument(
    help: ArgumentHelp(
      "The folder with the runs' output folders. (default: the present one)", valueName: "folder"),
    transform: nonEmptyPath)
  var folder = "."

  @Option(
    help: ArgumentHelp(
      "By name, by the time of the start, by the best top-1 or by the smallest loss.",
      valueName: "order"))
  var sort = Order.name

  @Option(
    help: ArgumentHelp(
      "Only runs with this in their name, network, data or ending.", valueName: "text"))
  var filter: String?

  @Flag(help: "Print JSON.")
  var json = false

  struct Line: Encodable {
    let run: String
    let network: String
    let data: String
    /// Universal time.
    let started: String
    let epochs: Int
    let loss: Double?
    /// What was measured with: the accuracies are of it.
    let measuredPart: MeasuredPart
    let top1: Double?
    let bestTop1: Double?
    let bestEpoch: Int?
    let ending: String

    init(_ run: RunFolder) {
      let last = run.epochs.last
      self.run = run.path.split(separator: "/").last.map(String.init) ?? run.path
      network = run.record.network.name
      data = run.record.data.name
      started = ShowCommand.time(run.record.sessions[0].started)
      epochs = last?.epoch ?? 0
      loss = last?.trainLoss
      measuredPart = last?.measuredPart ?? run.record.data.measuredPart ?? .test
      top1 = last?.testTop1
      bestTop1 = run.best?.testTop1
      bestEpoch = run.best?.epoch
      ending = run.ending
    }
  }

  func run() throws {
    var lines: [Line] = []
    for path in try RunFolder.all(in: folder) {
      do {
        lines.append(Line(try RunFolder(path)))
      } catch let error as RunRecordError {
        // One that cannot be read hides no others.
        StandardErrorLog.warn(["\(error)"])
      }
    }
    if let filter {
      lines.removeAll { line in
        ![line.run, line.network, line.data, line.ending].contains { $0.contains(filter) }
      }
    }
    sort(&lines)
    if json { return try printJSON(lines) }
    if lines.isEmpty {
      return printReport("\(folder.messageLine): no runs of 'tandem train' here")
    }
    printReport(Self.table(lines).text)
  }

  private func sort(_ lines: inout [Line]) {
    switch sort {
    case .name: break
    case .started: lines.sort { $0.started < $1.started }
    case .top1: lines.sort { ($0.bestTop1 ?? -1) > ($1.bestTop1 ?? -1) }
    case .loss: lines.sort { ($0.loss ?? .infinity) < ($1.loss ?? .infinity) }
    }
  }

  private static func table(_ lines: [Line]) -> TextTable {
    TextTable(
      columns: [
        .left("Run"), .left("Network"), .left("Data"), .right("Epochs"), .right("Loss"),
        .left("Part"), .right("Top-1"), .right("Best"), .right("in epoch"), .left("Ending"),
        .left("Started (UTC)"),
      ],
      rows: lines.map { line in
        [
          line.run, line.network, line.data, "\(line.epochs)",
          line.loss.map(lossText) ?? "", EpochRecord.word(line.measuredPart),
          line.top1.map(percent) ?? "",
          line.bestTop1.map(percent) ?? "", line.bestEpoch.map { "\($0)" } ?? "",
          line.ending, line.started,
        ]
      })
  }
}
