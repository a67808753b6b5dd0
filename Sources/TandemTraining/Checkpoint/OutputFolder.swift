import Foundation
import TandemTensor

/// The folder of a run's results: history and checkpoints.
package struct OutputFolder: Hashable, Sendable {
  /// What the program that trains notes of the run.
  package static let recordName = "run.json"

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
    try requireRoom(overwrites: overwrites, isResumed: resumedCheckpoint.map(holds) == true)
    checkpoints.removeUnfinished()
    removePartialFiles()
  }

  private func requireRoom(overwrites: Bool, isResumed: Bool) throws {
    if !overwrites, !isResumed, let found = results.first(where: exists) {
      throw TrainingError.outputExists(folder: path, found: found)
    }
  }

  /// Finds out, without changing anything, whether a run could write here.
  ///
  /// - Parameter resumed: the output folder of the run that it continues, if any.
  /// - Throws: `TrainingError.outputExists`, `FileError.cannotWrite`.
  package static func check(_ path: String, overwrites: Bool, resumed: String?) throws {
    let isResumed = resumed.map { FileSystem.realPath($0) == FileSystem.realPath(path) } ?? false
    try OutputFolder(path: path).requireRoom(overwrites: overwrites, isResumed: isResumed)
    let place = nearestFolder(of: path)
    guard FileSystem.isFolder(place) else { throw FileError.cannotWrite(path: path, code: ENOTDIR) }
    guard FileSystem.access(place, W_OK) == 0 else {
      throw FileError.cannotWrite(path: path, code: errno)
    }
  }

  /// The folder itself, or the one above it that would be the first to be written to.
  package static func nearestFolder(of path: String) -> String {
    let parent = FileSystem.parent(of: path)
    return FileSystem.exists(path) || parent == path ? path : nearestFolder(of: parent)
  }

  /// Removes the results of another run.
  func clear() throws {
    try checkpoints.remove()
    for name in results + [HistoryWriter.layersName, Self.recordName]
    where exists(name) && name != CheckpointFolder.lastName {
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
      let isOfARun = [
        HistoryWriter.csvName, HistoryWriter.jsonName, HistoryWriter.layersName, Self.recordName,
      ].contains {
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
