import ArgumentParser

/// A subcommand that can be told how much to say.
protocol SpeakingCommand: ParsableCommand {
  var messages: MessageOptions { get }
}
