import ArgumentParser
import Logging
import Tandem
import TandemLive
import TandemProcess
import TandemTraining

/// The page of a training that runs, and the repetition of one that was changed on such a page.
struct LiveOptions: ParsableArguments {
  /// Where pages of trainings are, unless it is said: out of the way of what servers of notebooks
  /// and boards take by themselves.
  static let usualPort = 8890

  @Option(
    defaultAsFlag: LiveOptions.usualPort,
    help: ArgumentHelp(
      "Serve a page of the training while it runs, with its curves, pictures and controls, at this port of "
        + "127.0.0.1; 0 takes any that is free. Its address is printed.",
      valueName: "port"))
  var live: Int?

  @Option(
    help: ArgumentHelp(
      "Serve the page at this address of the machine instead: others can reach it then, and the token in the "
        + "address is all that keeps them off. (default: 127.0.0.1)",
      valueName: "address"),
    transform: hostAddress)
  var liveHost: String?

  @Option(
    help: ArgumentHelp(
      "Repeat the run of this output folder from its start, with the options and the changes of its run.json.",
      valueName: "folder"),
    completion: .directory, transform: nonEmptyPath)
  var replay: String?

  func validate() throws {
    if let live, !(0...65535).contains(live) {
      throw ValidationError("--live \(live) is no port; give a number from 0 to 65535")
    }
    if liveHost != nil, live == nil {
      throw ValidationError("--live-host says where the page is; ask for one with --live")
    }
  }

  /// Takes the page's address; nil where no page is asked for.
  /// - Throws: `ListeningError`.
  func open() throws -> LiveTraining? {
    try live.map { try LiveTraining(at: Self.place(host: liveHost, port: $0, option: "--live")) }
  }

  /// Where a page is to be, with a warning where others can reach it.
  static func place(host: String?, port: Int, option: String) -> PagePlace {
    let place = PagePlace(host: host ?? "127.0.0.1", port: port, option: option)
    if !place.isLocal {
      Logger(label: "tandem.live").warning(
        """
        the page at \(place.host) can be reached from other machines, and what travels is not encrypted; \
        'ssh -L \(port):127.0.0.1:\(port) HOST' reaches one at 127.0.0.1
        """)
    }
    return place
  }

  /// Says where the page is, whatever else is said.
  static func tell(_ address: String) {
    let line = "the live page is at \(address)"
    if StandardErrorLog.isQuiet {
      MessageStream.standardError.write("tandem: \(line)\n")
    } else {
      Logger(label: "tandem.live").notice("\(line)")
    }
  }

  /// The changes that a run makes by itself: those of the run that it repeats, or continues.
  /// - Throws: `RunRecordError`, `FileError`.
  func plannedChanges(continuing resumed: String?) throws -> [TrainingChange] {
    if let replay {
      let record = try RunRecord(folder: replay)
      if let note = Replay.note(of: record) { Logger(label: "tandem.train").notice("\(note)") }
      return record.changes ?? []
    }
    guard let resumed, RunRecord.exists(in: resumed) else { return [] }
    return try RunRecord(folder: resumed).changes ?? []
  }
}
