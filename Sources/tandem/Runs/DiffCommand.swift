import ArgumentParser
import Tandem
import TandemNetwork

/// `tandem diff`: in what two runs differ.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Say in what two runs differ: data, network, settings, machine, results.",
    discussion: """
      Example:
        tandem diff run1 run2
      """
  )

  @Argument(
    help: ArgumentHelp("The output folders of two runs.", valueName: "folder"),
    transform: nonEmptyPath)
  var folders: [String]

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if folders.count != 2 {
      throw ValidationError("name the output folders of two runs; there are \(folders.count)")
    }
  }

  struct Difference: Encodable {
    let what: String
    let first: String
    let second: String
  }

  func run() throws {
    let differences = Self.differences(try RunFolder(folders[0]), try RunFolder(folders[1]))
    if json { return try printJSON(differences) }
    if differences.isEmpty {
      return printReport("The runs do not differ, in their results neither.")
    }
    printReport(
      TextTable(
        columns: [
          .left("What"), .left(folders[0]), .left(folders[1]),
        ],
        rows: differences.map { [$0.what, $0.first, $0.second] }
      ).text)
  }

  static func differences(_ first: RunFolder, _ second: RunFolder) -> [Difference] {
    let names = Set(first.record.settings.keys).union(second.record.settings.keys).sorted()
    var differences: [Difference] = []
    for (one, other) in zip(listed(first), listed(second)) where one.value != other.value {
      differences.append(Difference(what: one.name, first: one.value, second: other.value))
    }
    for name in names {
      let values = [first, second].map { $0.record.settings[name]?.value ?? "none" }
      if values[0] != values[1] {
        differences.append(Difference(what: name, first: values[0], second: values[1]))
      }
    }
    return differences
  }

  /// What a record says that tells runs apart: what stands beside the settings, then these.
  static func facts(_ record: RunRecord) -> [(name: String, value: String)] {
    listed(record)
      + record.settings.sorted { $0.key < $1.key }.map { ($0.key, $0.value.value) }
  }

  private static func listed(_ record: RunRecord) -> [(name: String, value: String)] {
    let session = record.sessions[record.sessions.count - 1]
    return [
      ("network", "\(record.network.name) \(record.network.digest)"),
      ("data", "\(record.data.name) \(record.data.digest)"),
      ("first weights", record.parent ?? "its own"),
      ("oneDNN", session.versions.oneDNN), ("tandem", session.versions.tandem),
      ("processor", session.processor ?? "unknown"),
      ("ranks and workers", "\(session.ranks), \(session.workers)"),
    ]
  }

  /// What is compared beside the settings, in the order in which it is told.
  private static func listed(_ run: RunFolder) -> [(name: String, value: String)] {
    let last = run.epochs.last
    return listed(run.record) + [
      ("ending", run.ending),
      ("last epoch", last.map { "\($0.epoch)" } ?? "none"),
      ("loss", last.map { "\($0.trainLoss)" } ?? "none"),
      ("measured with", (last?.measuredPart ?? .test).rawValue),
      ("measured loss", last?.testLoss.map { "\($0)" } ?? "none"),
      ("measured top-1", last?.testTop1.map(percent) ?? "none"),
    ]
  }
}
