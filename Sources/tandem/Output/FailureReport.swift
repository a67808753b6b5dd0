import ArgumentParser
import Foundation
import TandemCollectives
import TandemProcess

/// What the tool says, and how it ends, when something failed: one line on standard error,
/// `tandem: error: …`, and an exit code that is not 0. Requests for help are no failures.
struct FailureReport: Error, CustomStringConvertible {
  /// What went wrong, without `tandem: error:`; or the help.
  let description: String
  let exitCode: Int32
  /// Help and version go to standard output.
  let isHelp: Bool

  /// The command line could not be understood, or an option has a value it cannot have.
  init(parsing error: any Error) {
    let code = TandemCommand.exitCode(for: error)
    guard code != .success else {
      self.init(description: TandemCommand.fullMessage(for: error), exitCode: 0, isHelp: true)
      return
    }
    let message = TandemCommand.message(for: error)
    var line = Self.oneLine(
      Self.unknownSubcommand ?? Self.negativeValue(message) ?? Self.foreignSpelling(message)
        ?? message)
    if let file = ConfigFile.source(ofMessage: message) { line += " (in \(file))" }
    self.init(
      description: line + (line.hasSuffix("?") ? " See" : "; see") + " '\(Self.helpCommand)'",
      exitCode: code.rawValue, isHelp: false)
  }

  /// The subcommand started and could not finish.
  init(running error: any Error) {
    // `--help` is parsed as a subcommand of its own, which ends by throwing the text.
    if TandemCommand.exitCode(for: error) == .success {
      self.init(parsing: error)
      return
    }
    switch error {
    case let code as ExitCode:
      // The subcommand has said all there is to say.
      self.init(description: "", exitCode: code.rawValue, isHelp: false)
    case is ValidationError:
      self.init(parsing: error)
    case let error as CocoaError:
      self.init(
        description: Self.oneLine(Self.description(of: error)),
        exitCode: ExitCode.failure.rawValue, isHelp: false)
    default:
      self.init(
        description: Self.withoutStop(String(describing: error)),
        exitCode: ExitCode.failure.rawValue, isHelp: false)
    }
  }

  private init(description: String, exitCode: Int32, isHelp: Bool) {
    self.description = description
    self.exitCode = exitCode
    self.isHelp = isHelp
  }

  /// Ends this process before it has become a rank of a job. Of the ranks with the same command
  /// line the first one speaks; only its exit code is not 0, or `mpirun` might end it before it has
  /// spoken.
  func exit(_ launch: LaunchEnvironment) -> Never {
    if isHelp ? !launch.speaks : !launch.waitForTurn() { Foundation.exit(0) }
    say(speaker: launch.speaker)
    launch.waitForOthers()
    Foundation.exit(exitCode)
  }

  /// Ends a rank that could not join the job. All of them may have the same reason: the first one
  /// speaks at once, and `mpirun` then ends the others before it is their turn.
  func exitInTurn(_ launch: LaunchEnvironment) -> Never {
    if launch.rank > 0 { Thread.sleep(forTimeInterval: 3) }
    exit(speaker: launch.speaker)
  }

  /// - Parameter speaker: who speaks: `rank 3 (host b): `.
  func exit(speaker: String = "") -> Never {
    say(speaker: speaker)
    Foundation.exit(exitCode)
  }

  private func say(speaker: String) {
    if isHelp {
      print(ReportStream.shown(description))
      switch ProcessOutput.finish() {
      case 0: break
      case EPIPE: ProcessOutput.endWithoutReader()
      case let code:
        Self(running: OutputError.standardOutput(code: code, isSaved: false)).exit(speaker: speaker)
      }
    } else if !description.isEmpty {
      // A progress bar may have left its line open on a terminal.
      let start = MessageStream.standardError.isTerminal ? "\r\u{1B}[K" : ""
      MessageStream.standardError.write(start)
      MessageStream.writeError(speaker + description)
    }
  }

  private static func oneLine(_ message: String) -> String {
    let words = message.split(whereSeparator: \.isNewline).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    return withoutStop(words.filter { !$0.isEmpty }.joined(separator: " "))
  }

  private static func withoutStop(_ text: String) -> String {
    text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  private static func description(of error: CocoaError) -> String {
    guard let path = error.filePath else { return error.localizedDescription }
    return "\(path): \(error.localizedDescription)"
  }

  private static var subcommands: [String] {
    // A key path to a type's property ends the compiler of Swift 6.3.1.
    TandemCommand.configuration.subcommands.filter { $0.configuration.shouldDisplay }
      .map { $0._commandName }
  }

  private static var helpCommand: String {
    if let name = ToolArguments.all.first, subcommands.contains(name) {
      return "tandem \(name) --help"
    }
    return "tandem --help"
  }

  /// The parser takes the number of `--lr -1` for an option and misses the value; no option's
  /// values are negative.
  private static func negativeValue(_ message: String) -> String? {
    let arguments = ToolArguments.all
    guard message.hasPrefix("Missing value for"),
      let (option, value) = zip(arguments, arguments.dropFirst()).first(where: { option, value in
        message.contains("'\(option) ") && value.hasPrefix("-") && Double(value) != nil
      })
    else { return nil }
    return "The value '\(value)' is invalid for '\(option)': it cannot be negative"
  }

  /// What an option of another program is called here.
  private static func foreignSpelling(_ message: String) -> String? {
    guard message.hasPrefix("Unknown option '"),
      let word = message.dropFirst("Unknown option '".count).split(separator: "'").first,
      let command = TandemCommand.configuration.subcommands.first(where: {
        $0._commandName == ToolArguments.all.first
      })
    else { return nil }
    return ForeignSpellings.hint(for: String(word), in: OptionCatalogue(of: command))
      .map { "Unknown option '\(word)': \($0)" }
  }

  private static var unknownSubcommand: String? {
    let all = TandemCommand.configuration.subcommands.map { $0._commandName }
    guard let name = ToolArguments.all.first, !name.hasPrefix("-"), !all.contains(name) else {
      return nil
    }
    return "there is no subcommand \"\(name)\"; the subcommands are "
      + subcommands.joined(separator: ", ")
  }
}
