import ArgumentParser
import Tandem
import TandemInsight
import TandemNetwork

/// `tandem report`: a page of all that is known of a run.
struct ReportCommand: SavingCommand, SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Make one HTML file of a run: curves, mistakes, evidence, filters, speed.",
    discussion: """
      The page opens without a network. With Debian's package \(ChartLibrary.packageName) its curves can be \
      read and enlarged. Of several runs it is a comparison. What is missing, as the data of a run from \
      elsewhere, is named in the page.

      Example:
        tandem report run1 --output report.html
        tandem report run1 run2 --output comparison.html
      """
  )

  @Argument(
    help: ArgumentHelp("The output folders of runs.", valueName: "folder"),
    completion: .directory, transform: nonEmptyPath)
  var folders: [String]

  @Option(
    help: ArgumentHelp("Where the page goes.", valueName: "file.html"), completion: .file(),
    transform: pagePath)
  var output: String

  @Option(
    help: ArgumentHelp(
      "The data set, where it is not any more where the run had it.", valueName: "path"),
    completion: .file(), transform: nonEmptyPath)
  var data: String?

  @Option(
    help: ArgumentHelp(
      "Measure with at most so many images, evenly spread over all. (default: 5000)",
      valueName: "n"),
    transform: atLeast(1))
  var limitTest = ReportSettings().mostImages

  @Flag(help: "Leave the script out that lets people read and enlarge curves.")
  var noScript = false

  @OptionGroup(title: "Parallelism")
  var parallelism: WorkerOptions

  @OptionGroup(title: "Messages")
  var messages: MessageOptions

  @Flag(help: "Print JSON.")
  var json = false

  var savesResults: Bool { true }

  func validate() throws {
    if folders.isEmpty { throw ValidationError("name the output folder of a run") }
    if folders.count > PlotCommand.most {
      throw ValidationError(
        "more than \(PlotCommand.most) runs in one page cannot be told apart; name fewer")
    }
  }

  func run() throws {
    try ResultFile.check(output)
    let written = try ReportFile.write(
      folders, to: output,
      ReportSettings(
        data: data, mostImages: limitTest, usesScript: !noScript, workers: parallelism.workers))
    if json { return try printJSON(written) }
    var line =
      "the report of \(folders.joined(separator: ", ")) in \(output): ".messageLine
      + "\(counted(written.sections.count, "section")), \(kibibytes(written.bytes))"
    if !written.missing.isEmpty { line += "; what is missing is named in it" }
    if !written.isInteractive, !noScript {
      line += "; curves are still, as the package \(ChartLibrary.packageName) is not installed"
    }
    printReport(line)
  }

  private func kibibytes(_ bytes: Int) -> String { "\(((bytes + 512) / 1024).grouped) KiB" }
}

/// The name of a page.
private let pagePath: @Sendable (String) throws -> String = { text in
  guard text.lowercased().hasSuffix(".html") || text.lowercased().hasSuffix(".htm") else {
    throw ValidationError("give the name of a file that ends in .html")
  }
  return text
}
