import Foundation
import Tandem
import TandemCollectives
import TandemExecution
import TandemNetwork
import TandemTensor
import TandemTraining

/// Keeps `run.json` in the output folder: written before the first step, when nobody else uses the
/// folder, and again when the run has ended.
///
/// Safe to share: set up before the run, and events come from one thread at a time, as
/// `TrainingObserver` promises.
final class RunRecorder: TrainingObserver, @unchecked Sendable {
  private let folder: String
  private let given: RunOptions
  private let parent: String?
  /// The record of the run that is continued.
  private let continued: RunRecord?
  private var record: RunRecord?
  private var describe: (TrainingStart) throws -> RunRecord = { _ in
    preconditionFailure("the run is not described yet")
  }

  /// - Parameters:
  ///   - folder: of the output; there need not be one yet.
  ///   - words: of the command line, completed; without the program's name.
  ///   - parent: the weights that the run begins with, or the run that it goes on from elsewhere.
  ///   - resumed: the output folder of the run that is continued; nil for a new one.
  /// - Throws: `RunRecordError`, `FileError`.
  init(folder: String, words: [String], parent: String?, continuing resumed: String?) throws {
    self.folder = folder
    self.parent = parent
    var options = OptionCatalogue(of: TrainCommand.self).options(in: Array(words.dropFirst()))
    for name in RunRecord.optionsOfSessions { options.remove(name) }
    given = options
    continued = try resumed.flatMap { try RunRecord.exists(in: $0) ? RunRecord(folder: $0) : nil }
  }

  /// Takes from a trainer what the record says of the run.
  /// - Throws: what the data set throws.
  func follow(_ trainer: Trainer, _ data: DatasetPair, job: Job) throws {
    let settings = RunSettings.decided(trainer, given: given)
    let facts = RunRecord.DataFacts(
      name: data.train.name, digest: try trainer.trainingImagesDigest(),
      trainImages: data.train.count, testImages: data.test.count, measuredPart: data.measuredPart,
      classes: data.train.classNames.count)
    let network = trainer.network
    var digest = ContentDigest()
    digest.add("\(network)")
    let (networkDigest, seed) = (digest.text, trainer.options.seed)
    describe = { [given, parent, continued] start in
      let changes = continued.map { RunSettings.changes(from: $0.settings, to: settings) }
      let session = RunRecord.Session.current(start, job: job, changes: changes)
      return RunRecord(
        format: RunRecord.currentFormat, options: given, seed: seed,
        network: RunRecord.NetworkFacts(
          name: network.name, parameters: start.trainableParameters, digest: networkDigest),
        data: facts, settings: settings, parent: parent ?? continued?.parent,
        sessions: (continued?.sessions ?? []) + [session],
        // Those of steps that are made again are made again.
        changes: continued?.changes.map { changes in
          changes.filter { $0.step <= start.resumedSteps }
        })
    }
  }

  /// What is another in the session that begins, in one line; nil for nothing.
  func note(_ trainer: Trainer) -> String? {
    guard let continued else { return nil }
    let settings = RunSettings.decided(trainer, given: given)
    return RunSettings.note(from: continued.settings, to: settings)
  }

  func receive(_ event: TrainingEvent) throws {
    switch event {
    case .started(let start):
      record = try describe(start)
      try record?.write(folder: folder)
    case .finished(let result):
      try end(result.ending.rawValue, steps: result.steps)
    case .changed(let change):
      let changes = (record?.changes ?? []) + [change]
      record?.changes = changes
      try record?.write(folder: folder)
    case .warning, .stepFinished, .evaluationStarted, .epochFinished, .checkpointWritten:
      break
    }
  }

  /// Notes how the run ended where it did not finish. Does nothing before its start.
  func end(_ ending: String, steps: Int? = nil) throws {
    guard var record, let last = record.sessions.indices.last, record.sessions[last].ended == nil
    else { return }
    record.sessions[last].ended = Date()
    record.sessions[last].ending = ending
    record.sessions[last].steps = steps
    self.record = record
    try record.write(folder: folder)
  }
}

extension RunRecord.Session {
  /// The session that begins now, on this rank's host.
  static func current(_ start: TrainingStart, job: Job, changes: [String]?) -> Self {
    Self(
      command: ["tandem"] + ToolArguments.all,
      workingDirectory: FileSystem.realPath(".") ?? ".",
      host: hostName, processor: MachineFacts.current().processor,
      cores: CPUTopology.current().cores.count, ranks: start.ranks, workers: start.workers,
      versions: RunRecord.Versions(
        tandem: toolVersion, oneDNN: OneDNN.version, mpi: job.size > 1 ? MPILibrary.version : nil,
        compiler: compilerVersion),
      started: Date(), firstStep: start.resumedSteps, changes: changes)
  }

  /// As the system knows it; no look-up in the network.
  private static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// The compiler's language version that this program was built with.
  private static var compilerVersion: String {
    #if compiler(>=6.4)
      "Swift 6.4 or newer"
    #elseif compiler(>=6.3)
      "Swift 6.3"
    #elseif compiler(>=6.2)
      "Swift 6.2"
    #else
      "Swift 6.1"
    #endif
  }
}
