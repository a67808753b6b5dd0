import Foundation
import Tandem
import TandemInsight
import TandemLive
import TandemTensor
import TandemTraining

/// A run's folder as its page sees it, read anew each time; what is not there yet, half written or
/// of another version is said and hides nothing else.
struct FollowedRun: Sendable {
  private let folder: String

  init(_ folder: String) {
    self.folder = folder
  }

  /// - Throws: `FileError` if there is no such folder, `PlotError` if it is no run's.
  func check() throws { _ = try ReportedRun(folder) }

  func facts() -> FolderFacts {
    var facts = FolderFacts()
    do {
      let run = try ReportedRun(folder)
      facts.problems = run.problems.map { $0 + "." }
      if let record = run.record { add(record, to: &facts) }
      facts.epochs = (run.course?.epochs ?? []).enumerated().map { number, epoch in
        var shown = FolderFacts.Epoch(epoch: epoch.epoch, step: epoch.step ?? number + 1)
        shown.trainLoss = epoch.trainLoss
        shown.trainTop1 = epoch.trainTop1
        shown.testLoss = epoch.measuredLoss
        shown.testTop1 = epoch.measuredTop1
        shown.imagesPerSecond = epoch.imagesPerSecond
        shown.learningRate = epoch.learningRate
        return shown
      }
      facts.layers = run.course?.layerCurves(by: .step)
    } catch {
      facts.problems = [ReportedRun.reason(error) + "."]
    }
    let own = folder + "/steps.csv"
    if facts.stepLog == nil, FileSystem.exists(own) { facts.stepLog = own }
    return facts
  }

  private func add(_ record: RunRecord, to facts: inout FolderFacts) {
    facts.network = record.network.name
    facts.dataset = record.data.name
    facts.words = [
      folder, "\(record.network.parameters.grouped) parameters",
      "\(record.data.trainImages.grouped) images",
    ].joined(separator: " · ")
    facts.epochsAsked = record.settings["epochs"].flatMap { Int($0.value) }
    facts.ending = record.sessions.last.map { $0.ending ?? "running, or killed" }
    facts.changes = (record.changes ?? []).map(\.description)
    facts.stepLog = stepLog(record)
  }

  /// The file that the last session writes its steps to.
  private func stepLog(_ record: RunRecord) -> String? {
    guard let session = record.sessions.last else { return nil }
    let catalogue = OptionCatalogue(of: TrainCommand.self)
    let given = catalogue.options(in: Array(session.command.dropFirst(2)))
    guard let path = given.text("step-log") else { return nil }
    let there = path.hasPrefix("/") ? path : session.workingDirectory + "/" + path
    return [path, there].first { FileSystem.status($0)?.isRegularFile ?? false }
  }

  /// Another text for another checkpoint.
  func mark() -> String? {
    let path = CheckpointFolder(outputFolder: folder).last + "/" + CheckpointFolder.modelName
    return FileSystem.status(path).map { "\($0.st_ino) \($0.modificationNanoseconds)" }
  }

  func filters() throws -> LiveFolder.Filters {
    let file = try ModelFile(contentsOf: folder)
    let kernels = try KernelComparison(
      of: file.describedNetwork(), file, layer: nil, seed: 0)
    return LiveFolder.Filters(layer: kernels.layer, kernels: kernels.trained)
  }
}
