import Foundation
import TandemTensor

/// The folder of a run's results: history and checkpoints.
struct OutputFolder: Hashable, Sendable {
  let path: String

  var checkpoints: CheckpointFolder { CheckpointFolder(outputFolder: path) }

  /// Makes sure, before anything is computed, that results can be written here.
  ///
  /// - Parameters:
  ///   - overwrites: whether another run's results may be there.
  ///   - resumedCheckpoint: the checkpoint that the run continues, if any.
  /// - Throws: `FileError.cannotWrite`, or `TrainingError.outputExists`.
  func prepare(overwrites: Bool, resumedCheckpoint: String?) throws {
    try Self.makeFolder(path)
    let probe = path + "/.tandem-\(getpid()).partial"
    let descriptor = open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError.cannotWrite(path: path, code: errno) }
    close(descriptor)
    unlink(probe)
    if overwrites || resumedCheckpoint.map(holds) == true {
      checkpoints.removeUnfinished()
      return
    }
    if let found = results.first(where: exists) {
      throw TrainingError.outputExists(folder: path, found: found)
    }
  }

  /// Removes the results of another run.
  func clear() throws {
    try checkpoints.remove()
    for name in results where exists(name) && name != CheckpointFolder.lastName {
      guard unlink(path + "/" + name) == 0 else {
        throw FileError.cannotWrite(path: path + "/" + name, code: errno)
      }
    }
  }

  private var results: [String] {
    [CheckpointFolder.lastName, HistoryWriter.csvName, HistoryWriter.jsonName]
  }

  private func exists(_ name: String) -> Bool {
    var status = stat()
    return lstat(path + "/" + name, &status) == 0
  }

  /// Whether a checkpoint lies directly in this folder.
  private func holds(_ checkpoint: String) -> Bool {
    func real(_ path: String) -> String {
      URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }
    return URL(fileURLWithPath: real(checkpoint)).deletingLastPathComponent().path == real(path)
  }

  /// Makes a folder and those above it.
  private static func makeFolder(_ path: String) throws {
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw FileError.cannotWrite(path: path, code: ENOTDIR)
      }
      return
    }
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
    if parent != path { try makeFolder(parent) }
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw FileError.cannotWrite(path: path, code: errno)
    }
  }
}
