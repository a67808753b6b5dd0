import ArgumentParser
import Foundation

/// What the parser says of a command: the words of its help, without their layout.
struct ManualCommandText: Decodable {
  struct Argument: Decodable {
    struct Name: Decodable {
      let kind: String
      let name: String

      /// With its dashes.
      var spelling: String { (kind == "long" ? "--" : "-") + name }
    }

    let kind: String
    let shouldDisplay: Bool
    let isOptional: Bool
    let isRepeating: Bool
    let names: [Name]?
    let sectionTitle: String?
    let valueName: String?
    let defaultValue: String?
    let allValues: [String]?
    let abstract: String?

    var isPositional: Bool { kind == "positional" }
    var takesValue: Bool { kind != "flag" }
  }

  let commandName: String
  let abstract: String?
  let discussion: String?
  let shouldDisplay: Bool?
  let subcommands: [ManualCommandText]?
  let arguments: [Argument]?

  /// Those of the tool's that people are to know.
  var shownSubcommands: [ManualCommandText] {
    (subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
  }

  var shownArguments: [Argument] { (arguments ?? []).filter(\.shouldDisplay) }

  /// The tool with all its subcommands.
  static func tool() -> ManualCommandText {
    struct Dump: Decodable { let command: ManualCommandText }
    let dump = Data(TandemCommand._dumpHelp().utf8)
    do {
      return try JSONDecoder().decode(Dump.self, from: dump).command
    } catch {
      preconditionFailure("the parser describes the tool in another way: \(error)")
    }
  }
}
