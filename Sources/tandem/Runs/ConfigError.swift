import TandemProcess

/// What is wrong with a file of options.
struct ConfigError: Error, CustomStringConvertible {
  enum Fact: Equatable {
    case malformed(String)
    case noMapping
    /// A key that is no option of `train`, with those that may have been meant.
    case unknown(String, nearest: [String])
    case twice(String)
    case wrongValue(String, wanted: String)
  }

  let path: String
  /// 1-based; nil where none is known.
  let line: Int?
  let fact: Fact

  var description: String {
    "\(path)\(line.map { ", line \($0)" } ?? ""): \(problem)"
  }

  private var problem: String {
    switch fact {
    case .malformed(let what): "is no YAML: \(what)"
    case .noMapping: "has no options; write one in each line, such as batch-size: 64"
    case .unknown(let name, let nearest):
      "\"\(name)\" is no option of 'tandem train'"
        + (nearest.isEmpty ? "" : "; did you mean \(nearest.joined(separator: " or "))?")
    case .twice(let name): "\"\(name)\" is given twice; leave one out"
    case .wrongValue(let name, let wanted): "\"\(name)\" takes \(wanted)"
    }
  }
}
