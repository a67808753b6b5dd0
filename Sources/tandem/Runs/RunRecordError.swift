import TandemProcess

/// Why a run's folder does not say what its run was.
struct RunRecordError: Error, CustomStringConvertible {
  enum Fact: Equatable {
    case missing
    case format(Int)
    case damaged(String)
    /// It began with the checkpoint of another folder.
    case noBeginning(step: Int)
    /// An option that `train` does not have, with those that may have been meant.
    case option(String, nearest: [String])
  }

  let path: String
  let fact: Fact

  var description: String {
    switch fact {
    case .missing:
      "\(path): there is no such file, so what the run was is not known; name the output folder of "
        + "'tandem train'"
    case .format(let format):
      "\(path): is of the format \(format), and this version of tandem knows "
        + "\(RunRecord.currentFormat); use the version that wrote it"
    case .damaged(let what):
      "\(path): \(what); restore the file, or remove it and give the run's options"
    case .noBeginning(let step):
      "\(path): the run goes on from step \(step) of a run in another folder, so it cannot be repeated "
        + "from its start; repeat that one"
    case .option(let name, let nearest):
      "\(path): \"\(name)\" among \"options\" is no option of 'tandem train'"
        + (nearest.isEmpty ? "" : "; did you mean \(nearest.joined(separator: " or "))?")
    }
  }

  /// What is wrong with a JSON file, in words.
  static func words(_ error: DecodingError) -> String {
    func place(_ path: [any CodingKey]) -> String {
      path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, let context):
      return "\"\(place(context.codingPath + [key]))\" is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\"\(place(context.codingPath))\" has a value of another kind"
    case .dataCorrupted(let context):
      let found = place(context.codingPath)
      return found.isEmpty
        ? "is no JSON" : "\"\(found)\" is \(context.debugDescription)"
    @unknown default:
      return "cannot be understood"
    }
  }
}
