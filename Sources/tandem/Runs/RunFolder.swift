import Foundation
import Tandem
import TandemTensor
import TandemTraining

/// An output folder as `show`, `diff` and `runs` see it: the record of its run and its epochs.
struct RunFolder {
  let path: String
  let record: RunRecord
  /// Empty before the end of the first epoch.
  let epochs: [EpochRecord]

  /// - Throws: `RunRecordError`, `FileError`.
  init(_ path: String) throws {
    self.path = path
    record = try RunRecord(folder: path)
    epochs = try Self.epochs(in: path)
  }

  /// The epochs of the history; a damaged one is an error, a missing one is none.
  private static func epochs(in folder: String) throws -> [EpochRecord] {
    let path = folder + "/" + HistoryWriter.jsonName
    guard FileSystem.status(path)?.isRegularFile ?? false else { return [] }
    struct History: Decodable { let epochs: [EpochRecord] }
    do {
      return try JSONDecoder().decode(History.self, from: Data(RegularFile.contents(path))).epochs
    } catch let error as DecodingError {
      throw RunRecordError(path: path, fact: .damaged(RunRecordError.words(error)))
    }
  }

  /// The folders with a record in a folder, or in `runs` there, and itself if it has one, by name.
  /// - Throws: `FileError` if it cannot be read.
  static func all(in folder: String) throws -> [String] {
    func inside(_ folder: String) throws -> [String] {
      try FileSystem.names(inFolder: folder).sorted().map { folder + "/" + $0 }
    }
    let own = folder + "/" + OwnFolder.parent
    return ([folder] + (try inside(folder)) + (FileSystem.isFolder(own) ? try inside(own) : []))
      .filter { RunRecord.exists(in: $0) }
  }

  var best: EpochRecord? {
    epochs.filter { $0.testTop1 != nil }.max { ($0.testTop1 ?? 0) < ($1.testTop1 ?? 0) }
  }

  /// `completed`, `interrupted`, what went wrong, or that nothing is known of an end.
  var ending: String {
    record.sessions.last?.ending ?? "running, or killed"
  }
}
