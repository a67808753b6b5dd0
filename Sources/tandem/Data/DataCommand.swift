import ArgumentParser
import Foundation
import Logging
import Tandem

/// `tandem data`: the data sets that are known by name, and the cache they are kept in.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "List, fetch and verify the data sets that are known by name.",
    discussion: """
      A command that is given --data mnist fetches it by itself; on a cluster fetch it before a job. \
      'list' says what there is and what is here, 'fetch' gets what is not, 'verify' compares all \
      files with their digests.

      Example:
        tandem data list
        tandem data fetch fashion-mnist cifar-10
        tandem data verify
      """
  )

  enum Action: String, ExpressibleByArgument, CaseIterable {
    case list, fetch, verify
  }

  @Argument(help: "What to do: list, fetch or verify.")
  var action: Action

  @Argument(help: "Names of data sets; without any, 'list' and 'verify' take all.")
  var names: [String] = []

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if action == .fetch, names.isEmpty {
      throw ValidationError("say what to fetch: 'tandem data fetch mnist'")
    }
  }

  func run() throws {
    let chosen = try names.isEmpty ? NamedDataSet.all : names.map(NamedDataSet.require)
    let cache = try DataCache.ofUser(for: chosen[0])
    var sets = chosen
    if action == .fetch {
      for dataSet in sets {
        try cache.fetch(dataSet) { Logger(label: "tandem.data").notice("\($0)") }
      }
    }
    if action == .verify {
      // Of those that nobody has named, the ones that are here.
      if names.isEmpty { sets = sets.filter { cache.state(of: $0) == .complete } }
      for dataSet in sets { try cache.verify(dataSet) }
    }
    let list = DataList(sets, in: cache)
    if json {
      try printJSON(list.dataSets)
    } else {
      printReport(list.text(verified: action == .verify))
    }
  }
}
