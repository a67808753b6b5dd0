import Foundation
import TandemTensor

/// The folder of a run's results: history and checkpoints.
struct OutputFolder: Hashable, Sendable {
  let path: String

  var checkpoints: CheckpointFolder { CheckpointFolder(outputFolder: path) }

  /// Makes the folder, with those above it, if there is none, and takes it for one run.
  /// - Throws: `FileError.cannotWrite`, or `TrainingError.outputInUse`.
  func lock() throws -> OutputLock {
    try Self.makeFolder(path)
    return try OutputLock(folder: path)
  }

  /// Makes sure, before anything is computed, that there is room for the run's results. The folder
  /// is locked.
  ///
  /// - Parameters:
  ///   - overwrites: whether another run's results may be there.
  ///   - resumedCheckpoint: the checkpoint that the run continues, if any.
  /// - Throws: `TrainingError.outputExists`.
  func prepare(overwrites: Bool, resumedCheckpoint: String?) throws {
    if !overwrites, resumedCheckpoint.map(holds) != true,
      let found = results.first(where: exists)
    {
      throw TrainingError.outputExists(folder: path, found: found)
    }
    checkpoints.removeUnfinished()
    removePartialFiles()
  }

  /// Removes the results of another run.
  func clear() throws {
    try checkpoints.remove()
    for name in results where exists(name) && name != CheckpointFolder.lastName {
      guard FileSystem.unlink(path + "/" + name) == 0 else {
        throw FileError.cannotWrite(path: path + "/" + name, code: errno)
      }
    }
  }

  /// Removes what killed runs have left of the files they wrote. Files of other programs, a
  /// prediction for example, may be under way in this folder too; those of earlier versions do not
  /// say whose they are.
  private func removePartialFiles() {
    for name in (try? FileSystem.names(inFolder: path)) ?? [] where PartialFile.isOne(name) {
      let file = PartialFile(name: name)
      let isOfARun = [HistoryWriter.csvName, HistoryWriter.jsonName].contains {
        file?.isOf(fileNamed: $0) ?? true
      }
      if isOfARun || file?.isAbandoned(at: path + "/" + name) == true {
        _ = FileSystem.unlink(path + "/" + name)
      }
    }
  }

  private var results: [String] {
    [CheckpointFolder.lastName, HistoryWriter.csvName, HistoryWriter.jsonName]
  }

  private func exists(_ name: String) -> Bool {
    FileSystem.status(path + "/" + name, followsLinks: false) != nil
  }

  /// Whether a checkpoint lies directly in this folder.
  private func holds(_ checkpoint: String) -> Bool {
    guard let real = FileSystem.realPath(checkpoint) else { return false }
    return FileSystem.parent(of: real) == FileSystem.realPath(path)
  }

  /// Makes a folder and those above it.
  private static func makeFolder(_ path: String) throws {
    if let status = FileSystem.status(path) {
      guard status.isFolder else { throw FileError.cannotWrite(path: path, code: ENOTDIR) }
      return
    }
    let parent = FileSystem.parent(of: path)
    if parent != path { try makeFolder(parent) }
    guard FileSystem.makeFolder(path) == 0 || errno == EEXIST else {
      throw FileError.cannotWrite(path: path, code: errno)
    }
  }
}
