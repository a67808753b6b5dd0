import ArgumentParser
import Foundation
import TandemTensor

/// `tandem manual`: the help texts as pages for `man`. For whoever packs the tool; `make man` calls
/// it.
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual",
    abstract: "Write manual pages.",
    discussion: """
      Example:
        tandem manual train
        tandem manual --folder man1
      """,
    shouldDisplay: false
  )

  @Argument(help: "A subcommand; without one, the page of the tool itself is printed.")
  var subcommand: String?

  @Option(
    help: ArgumentHelp("Write all pages into this folder instead.", valueName: "folder"),
    completion: .directory, transform: nonEmptyPath)
  var folder: String?

  func run() throws {
    let tool = ManualCommandText.tool()
    guard let folder else {
      guard let subcommand else {
        print(ManualPage(tool).text)
        return
      }
      guard let command = tool.shownSubcommands.first(where: { $0.commandName == subcommand })
      else {
        throw ValidationError("there is no subcommand \"\(subcommand)\"")
      }
      print(ManualPage(command, of: tool).text)
      return
    }
    if !FileSystem.isFolder(folder), FileSystem.makeFolder(folder) != 0 {
      throw FileError.cannotWrite(path: folder, code: errno)
    }
    let pages =
      [ManualPage(tool)] + tool.shownSubcommands.map { ManualPage($0, of: tool) }
    for page in pages {
      try AtomicFile.write(Data((page.text + "\n").utf8), to: "\(folder)/\(page.name).1")
    }
  }
}
