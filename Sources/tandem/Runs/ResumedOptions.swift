import ArgumentParser
import Foundation
import TandemNetwork
import TandemTensor

/// `train --resume FOLDER` and `train --replay FOLDER` need no other option: those of the run stand
/// in its `run.json`; and `train --config FILE` takes those of a file. What the command line gives
/// has precedence over the file, and that over what the run had.
enum ResumedOptions {
  /// The words of the command line, with those of the file and of the run that is continued before
  /// them.
  ///
  /// Each rank does so for itself, before MPI starts; one that does not see the folder has the
  /// words that were given, and the comparison of ranks tells what it lacks.
  /// - Throws: `ConfigError`, `RunRecordError`, `FileError`.
  static func completed(_ words: [String]) throws -> [String] {
    // A search for a learning rate takes what a training does.
    let takesThem = [TrainCommand._commandName, LRFindCommand._commandName]
    guard let name = words.first, takesThem.contains(name) else { return words }
    let catalogue = OptionCatalogue(of: TrainCommand.self)
    var given = catalogue.options(in: Array(words.dropFirst()))
    var added = RunOptions()
    if let file = given.text("config") {
      added = try ConfigFile(file, catalogue).options.without(given)
      given = given.filled(from: added)
    }
    // A run that is repeated must be known; one that is continued has a checkpoint.
    let repeated = given.text("resume") == nil ? given.text("replay") : nil
    guard let folder = repeated ?? given.text("resume"),
      repeated != nil || RunRecord.exists(in: folder)
    else { return [words[0]] + added.words + words.dropFirst() }
    let record = try RunRecord(folder: folder)
    let path = RunRecord.path(in: folder)
    try check(record.options, catalogue, path: path)
    let all =
      repeated == nil ? options(of: record) : try Replay.options(of: record, path: path, catalogue)
    var saved = all.without(given)
    // The network can be described by its weights instead of a name.
    if given["model"] != nil { saved.remove("width") }
    if let data = saved.text("data") {
      saved.set(.text(found(data, from: record.sessions[0].workingDirectory)), for: "data")
    }
    return [words[0]] + saved.words + added.words + words.dropFirst()
  }

  /// The options with which a run is the same again.
  static func options(of record: RunRecord) -> RunOptions {
    var options = record.options
    // How a mini-batch is cut decides the bits, and goes by the workers unless it is said.
    if let shards = record.settings["shards"], shards.source == .chosen {
      options.set(.text(shards.value), for: "shards")
    }
    return options
  }

  static func check(
    _ options: RunOptions, _ catalogue: OptionCatalogue, path: String
  ) throws {
    for name in options.names where catalogue.entry(named: name) == nil {
      throw RunRecordError(
        path: path,
        fact: .option(name, nearest: nearestNames(to: name, among: catalogue.entries.map(\.name))))
    }
  }

  /// A relative path may be meant from where the run was started.
  private static func found(_ path: String, from folder: String) -> String {
    let there = folder + "/" + path
    return !path.hasPrefix("/") && FileSystem.status(path) == nil
      && FileSystem.status(there) != nil ? there : path
  }
}
