import Foundation
import Tandem
import TandemTensor
import TandemTraining

/// `run.json`: what a run's output folder says of the run. Written before the first step, and again
/// when the run ends or is continued.
struct RunRecord: Codable, Sendable {
  static let fileName = OutputFolder.recordName
  /// The format that this version writes. Another number means that keys have another meaning.
  static let currentFormat = 1

  /// A setting as the run was decided.
  struct Setting: Hashable, Codable, Sendable {
    enum Source: String, Codable, Sendable {
      /// By an option.
      case given
      case `default`
      /// By the program, for the machine and the network at hand.
      case chosen
    }

    let value: String
    let source: Source
  }

  /// What the network is trained on.
  struct DataFacts: Hashable, Codable, Sendable {
    let name: String
    /// The digest of all that training sees of its images.
    let digest: String
    let trainImages: Int
    let testImages: Int
    /// What is measured with after each epoch; nil in records of earlier versions, which did not
    /// note it.
    let measuredPart: MeasuredPart?
    let classes: Int
  }

  /// The network, whose description stands in the checkpoints.
  struct NetworkFacts: Hashable, Codable, Sendable {
    let name: String
    let parameters: Int
    /// The digest of its description.
    let digest: String
  }

  /// One start of the program: the first one of a run, or one that continues it.
  struct Session: Codable, Sendable {
    /// The words of the command line, the program's name first.
    let command: [String]
    let workingDirectory: String
    let host: String
    let processor: String?
    let cores: Int
    let ranks: Int
    /// The workers of all ranks together.
    let workers: Int
    let versions: Versions
    let started: Date
    /// The updates that were made before it.
    let firstStep: Int
    /// nil while it runs, and where it was killed.
    var ended: Date?
    /// `completed`, `stepLimit`, `interrupted`, or what went wrong.
    var ending: String?
    /// The updates since the start of the training.
    var steps: Int?
    /// Settings that differ from those of the session before, each as `epochs 5 → 20`.
    var changes: [String]?
  }

  struct Versions: Hashable, Codable, Sendable {
    let tandem: String
    let oneDNN: String
    let mpi: String?
    let compiler: String
  }

  let format: Int
  /// What the command lines gave, without the folders to write to and to continue from.
  var options: RunOptions
  let seed: UInt64
  let network: NetworkFacts
  let data: DataFacts
  /// By the names of `TrainingOptions`.
  var settings: [String: Setting]
  /// The weights that the run began with, if they are not its own.
  let parent: String?
  /// In the order of their starts; at least one.
  var sessions: [Session]
  /// What was changed or asked for while it ran, each with the step from which it holds, counted
  /// over the whole run; nil for nothing.
  var changes: [TrainingChange]?
}

extension RunRecord {
  /// Options of one session, which one that continues it need not have: where it begins and ends,
  /// what it writes, and on how many cores. They change nothing of what is trained.
  static let optionsOfSessions: Set<String> = [
    "config", "print-config", "output", "no-output", "overwrite", "resume", "weights",
    "weights-strict", "steps", "workers", "stall-timeout", "start-timeout", "quiet", "verbose",
    "log-file", "step-log", "tensorboard", "plot", "report", "dry-run", "exit-code-on-stop",
    "live", "live-host", "replay",
    "json", "help", "version",
  ]

  static func path(in folder: String) -> String { folder + "/" + fileName }

  static func exists(in folder: String) -> Bool {
    FileSystem.status(path(in: folder))?.isRegularFile ?? false
  }

  /// Reads the record of an output folder.
  /// - Throws: `RunRecordError`, `FileError`.
  init(folder: String) throws {
    let path = Self.path(in: folder)
    guard Self.exists(in: folder) else { throw RunRecordError(path: path, fact: .missing) }
    try self.init(path: path)
  }

  /// Reads such a file, wherever it is.
  /// - Throws: as above.
  init(path: String) throws {
    let bytes = Data(try RegularFile.contents(path))
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    if let header = try? decoder.decode(Header.self, from: bytes),
      header.format != Self.currentFormat
    {
      throw RunRecordError(path: path, fact: .format(header.format))
    }
    do {
      self = try decoder.decode(RunRecord.self, from: bytes)
    } catch let error as DecodingError {
      throw RunRecordError(path: path, fact: .damaged(RunRecordError.words(error)))
    }
    guard !sessions.isEmpty else {
      throw RunRecordError(path: path, fact: .damaged("\"sessions\" is empty"))
    }
  }

  private struct Header: Decodable { let format: Int }

  /// Writes the record, complete or not at all.
  /// - Throws: `FileError`.
  func write(folder: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    let bytes = try encoder.encode(self)
    try AtomicFile.write(bytes, to: Self.path(in: folder))
  }
}
