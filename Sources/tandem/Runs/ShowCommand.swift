import ArgumentParser
import Foundation
import Tandem
import TandemNetwork
import TandemProcess
import TandemTraining

/// `tandem show`: what a run was, from its output folder.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Say what a run was: its settings, data, machine and results.",
    discussion: """
      Reads run.json and history.json in the output folder of 'tandem train'.

      Example:
        tandem show run1
        tandem show run1 --json
      """
  )

  @Argument(
    help: ArgumentHelp("The output folder of a run.", valueName: "folder"),
    transform: nonEmptyPath)
  var folder: String

  @Flag(help: "Print JSON.")
  var json = false

  private struct Report: Encodable {
    let record: RunRecord
    let epochs: [EpochRecord]
  }

  func run() throws {
    let run = try RunFolder(folder)
    if json {
      try printJSON(Report(record: run.record, epochs: run.epochs))
    } else {
      printReport(Self.text(run))
    }
  }

  static func text(_ run: RunFolder) -> String {
    let record = run.record
    var lines = [
      "\(record.network.name) (\(record.network.parameters.grouped) parameters) on "
        + "\(record.data.name.messageLine): \(record.data.trainImages.grouped) training images, "
        + "\(record.data.testImages.grouped) to measure with, \(record.data.classes.grouped) classes",
      "Data digest \(record.data.digest), network digest \(record.network.digest), seed \(record.seed)",
    ]
    if let parent = record.parent {
      lines.append("Began with the weights of \(parent.messageLine)")
    }
    let settings = record.settings.sorted { $0.key < $1.key }.map {
      [$0.key, $0.value.value, $0.value.source.rawValue]
    }
    lines.append(
      TextTable(columns: [.left("Setting"), .left("Value"), .left("Source")], rows: settings).text)
    let sessions = record.sessions.map { session in
      [
        Self.time(session.started), session.ended.map(Self.time) ?? "",
        "\(session.firstStep.grouped)–\(session.steps?.grouped ?? "?")",
        session.ending ?? "running, or killed",
        "\(session.host), \(counted(session.ranks, "rank")), \(counted(session.workers, "worker"))",
        "\(session.versions.tandem), oneDNN \(session.versions.oneDNN)",
      ]
    }
    lines.append(
      TextTable(
        columns: [
          .left("Started (UTC)"), .left("Ended (UTC)"), .left("Steps"), .left("Ending"),
          .left("Machine"),
          .left("Versions"),
        ], rows: sessions
      ).text)
    for session in record.sessions {
      if let changes = session.changes, !changes.isEmpty {
        lines.append(
          "Changed at step \(session.firstStep.grouped): \(changes.joined(separator: ", "))")
      }
    }
    if let last = run.epochs.last { lines.append(Self.results(run, last)) }
    lines.append(
      "Command: " + record.sessions[0].command.joined(separator: " ").messageLine)
    return lines.joined(separator: "\n")
  }

  private static func results(_ run: RunFolder, _ last: EpochRecord) -> String {
    let part = EpochRecord.word(last.measuredPart)
    var line = "After \(counted(last.epoch, "epoch")): loss \(lossText(last.trainLoss))"
    if let loss = last.testLoss, let top1 = last.testTop1 {
      line += ", \(part) loss \(lossText(loss)), \(part) top-1 \(percent(top1))"
    }
    if let best = run.best, best.epoch != last.epoch, let top1 = best.testTop1 {
      line += "; best \(part) top-1 \(percent(top1)) in epoch \(best.epoch)"
    }
    return line
  }

  /// `2026-11-29 04:36:22`, universal time.
  static func time(_ date: Date) -> String {
    date.ISO8601Format().replacing("T", with: " ").replacing("Z", with: "")
  }
}
