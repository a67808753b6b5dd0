import Foundation
import TandemNetwork
import TandemTensor
import Yams

/// Options in a file: YAML with the names of the options as keys, or the `run.json` of a run.
struct ConfigFile {
  let options: RunOptions

  /// Options that make no sense in a file.
  private static let refused: Set<String> = ["config", "print-config", "help", "version"]

  /// - Throws: `ConfigError`, `RunRecordError`, `FileError`.
  init(_ path: String, _ catalogue: OptionCatalogue) throws {
    let text = String(decoding: try RegularFile.contents(path), as: UTF8.self)
    let node = try Self.compose(text, path: path)
    guard let node, node.null == nil else {
      options = RunOptions()
      return
    }
    guard let mapping = node.mapping else {
      throw ConfigError(path: path, line: node.mark?.line, fact: .noMapping)
    }
    if mapping["sessions"] != nil, mapping["options"] != nil {
      options = try Self.options(ofRecord: path, catalogue)
      return
    }
    var read = RunOptions()
    for (key, value) in mapping {
      let line = key.mark?.line
      let name = key.string ?? ""
      guard !Self.refused.contains(name), let entry = catalogue.entry(named: name) else {
        let names = catalogue.entries.map(\.name).filter { !Self.refused.contains($0) }
        throw ConfigError(
          path: path, line: line,
          fact: .unknown(name, nearest: nearestNames(to: name, among: names)))
      }
      if read[entry.name] != nil {
        throw ConfigError(path: path, line: line, fact: .twice(entry.name))
      }
      do {
        if let value = try Self.value(value, of: entry) { read.set(value, for: entry.name) }
      } catch {
        throw ConfigError(
          path: path, line: line, fact: .wrongValue(name, wanted: error.wanted))
      }
    }
    options = read
  }

  /// The file with the option that the parser speaks of, where it is not on the command line.
  static func source(ofMessage message: String) -> String? {
    guard ToolArguments.all.first == TrainCommand._commandName else { return nil }
    let catalogue = OptionCatalogue(of: TrainCommand.self)
    let given = catalogue.options(in: Array(ToolArguments.all.dropFirst()))
    guard let path = given.text("config"), let file = try? ConfigFile(path, catalogue) else {
      return nil
    }
    let isMeant = file.options.without(given).names.contains { message.contains("'--\($0)") }
    return isMeant ? path : nil
  }

  private struct WrongValue: Error { let wanted: String }

  /// nil for a flag that is off.
  private static func value(
    _ node: Node, of entry: OptionCatalogue.Entry
  ) throws(WrongValue) -> RunOptions.Value? {
    guard entry.takesValue else {
      guard let isOn = node.bool else { throw WrongValue(wanted: "true or false") }
      return isOn ? .flag : nil
    }
    // The text as it was written: 1e-3 is no other number for having been one in between.
    func text(_ node: Node) -> String? {
      guard let scalar = node.scalar, scalar.style != .plain || node.null == nil else { return nil }
      return scalar.string
    }
    if entry.repeats {
      let nodes = node.sequence.map { Array($0) } ?? [node]
      let texts = nodes.compactMap(text)
      guard texts.count == nodes.count else { throw WrongValue(wanted: "a list of values") }
      return .texts(texts)
    }
    guard let text = text(node) else {
      throw WrongValue(wanted: node.scalar == nil ? "one value" : "a value, and has none")
    }
    return .text(text)
  }

  /// Those of a run, so that another one is like it.
  private static func options(
    ofRecord path: String, _ catalogue: OptionCatalogue
  ) throws -> RunOptions {
    let record = try RunRecord(path: path)
    try ResumedOptions.check(record.options, catalogue, path: path)
    return ResumedOptions.options(of: record)
  }

  private static func compose(_ text: String, path: String) throws -> Node? {
    do {
      return try Yams.compose(yaml: text)
    } catch let error as YamlError {
      let (problem, line) = words(error)
      throw ConfigError(path: path, line: line, fact: .malformed(problem))
    }
  }

  private static func words(_ error: YamlError) -> (problem: String, line: Int?) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      (problem, mark.line)
    case .duplicatedKeysInMapping(let duplicates, let context):
      (
        "a key is there twice: " + duplicates.map { "\"\($0)\"" }.joined(separator: ", "),
        context.mark.line
      )
    default:
      ("\(error)".split(whereSeparator: \.isNewline).joined(separator: " "), nil)
    }
  }
}
