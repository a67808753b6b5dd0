import ArgumentParser

/// A subcommand that does more than print.
protocol SavingCommand: ParsableCommand {
  /// Whether files hold what was computed.
  var savesResults: Bool { get }
}
