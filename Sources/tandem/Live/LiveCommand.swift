import ArgumentParser
import Tandem
import TandemLive

/// `tandem live`: the page of a run that another process makes.
struct LiveCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "live",
    abstract: "Serve a page of a run by its folder, while it grows or afterwards.",
    discussion: """
      Shows what the folder tells as far as it goes, of a run of another process or of another machine whose \
      folder is here: curves, changes, the first filters. With the file of --step-log the curves have all \
      steps, else the epochs. Nothing is changed; 'tandem train --live' serves a page with controls. ctrl-C \
      ends it.

      Example:
        tandem live run1
        tandem live run1 --port 0
      """
  )

  @Argument(
    help: ArgumentHelp("The output folder of a run.", valueName: "folder"),
    completion: .directory, transform: nonEmptyPath)
  var folder: String

  @OptionGroup
  var page: PageOptions

  @OptionGroup(title: "Messages")
  var messages: MessageOptions

  func run() throws {
    let run = FollowedRun(folder)
    try run.check()
    let live = try LiveFolder(
      at: page.place, facts: run.facts, mark: run.mark, filters: run.filters)
    live.start()
    try page.serve(live.address)
  }
}
