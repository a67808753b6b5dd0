import Foundation
import Tandem
import TandemTensor
import TandemTraining

/// The room that a run's results take on the disk.
struct DiskNeed: Codable, Sendable {
  let folder: String
  let checkpointBytes: Int
  /// More than is taken now, at most: a checkpoint is written beside the one before it.
  let neededBytes: Int
  /// What users have left of the file system.
  let availableBytes: Int

  /// - Parameters:
  ///   - kept: how many checkpoints stay.
  ///   - bestBytes: of the best weights, which may be those of a checkpoint that is gone.
  ///   - resumed: the run that is continued, in this folder perhaps.
  /// - Throws: `TrainingError.outputExists`, `FileError.cannotWrite`.
  init(
    folder: String, checkpointBytes: Int, kept: Int, bestBytes: Int, overwrites: Bool,
    resumed: String?
  ) throws {
    try OutputFolder.check(folder, overwrites: overwrites, resumed: resumed)
    self.folder = folder
    self.checkpointBytes = checkpointBytes
    let isThere = resumed.map { FileSystem.realPath($0) == FileSystem.realPath(folder) } ?? false
    neededBytes = checkpointBytes * (kept + (isThere ? 0 : 1)) + bestBytes
    var status = statvfs()
    let place = OutputFolder.nearestFolder(of: folder)
    guard statvfs(place, &status) == 0 else {
      throw FileError.cannotWrite(path: folder, code: errno)
    }
    availableBytes = Int(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
  }

  /// - Throws: `DryRunError.disk`.
  func check() throws {
    if neededBytes > availableBytes {
      throw DryRunError.disk(
        folder: folder, neededBytes: neededBytes, availableBytes: availableBytes)
    }
  }
}
