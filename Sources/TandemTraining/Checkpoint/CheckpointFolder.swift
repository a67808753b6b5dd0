import Foundation
import TandemTensor

/// Where the last checkpoint of a run is: `OUT/checkpoint-last`, a symbolic link to a folder with the
/// model and the state of the training.
///
/// A new checkpoint is written to a folder of its own, completely, before the link is switched by one
/// rename: whenever the program or the machine stops, the link leads to two files that belong
/// together. The folder it led to before is removed afterwards.
package struct CheckpointFolder: Hashable, Sendable {
  package static let lastName = "checkpoint-last"
  package static let modelName = "model.safetensors"
  package static let stateName = "training-state.safetensors"
  private static let prefix = "checkpoint-step-"

  /// The output folder of the run.
  package let outputFolder: String

  package init(outputFolder: String) {
    self.outputFolder = outputFolder
  }

  package var last: String { outputFolder + "/" + Self.lastName }

  /// Makes what `write` puts into the given empty folder the last checkpoint.
  /// - Throws: `FileError`, or what `write` throws; the former checkpoint then stays.
  package func replaceLast(step: Int, write: (_ folder: String) throws -> Void) throws {
    let random = String(UInt64.random(in: 0 ... .max), radix: 36)
    let partial = outputFolder + "/.checkpoint-\(getpid())-\(random).partial"
    try check(mkdir(partial, 0o777), partial)
    let name: String
    do {
      try write(partial)
      name = unusedName(step: step)
      try check(rename(partial, outputFolder + "/" + name), outputFolder + "/" + name)
    } catch {
      try? FileManager.default.removeItem(atPath: partial)
      throw withoutPartialNames(error, partial: partial)
    }
    let former = try formerName()
    let link = outputFolder + "/.checkpoint-\(getpid())-\(random).link"
    do {
      try check(symlink(name, link), link)
      try check(rename(link, last), last)
    } catch {
      unlink(link)
      try? FileManager.default.removeItem(atPath: outputFolder + "/" + name)
      throw error
    }
    if let former { try? FileManager.default.removeItem(atPath: outputFolder + "/" + former) }
  }

  /// Removes what a program that was killed while it wrote a checkpoint has left behind. A finished
  /// folder that no link leads to stays: it may be a copy that the user keeps.
  package func removeUnfinished() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: outputFolder)) ?? []
    for name in names where name.hasPrefix(".checkpoint-") {
      guard name.hasSuffix(".partial") || name.hasSuffix(".link") else { continue }
      try? FileManager.default.removeItem(atPath: outputFolder + "/" + name)
    }
  }

  /// Removes the last checkpoint, if there is one.
  package func remove() throws {
    guard let former = try formerName() else {
      unlink(last)
      return
    }
    try check(unlink(last), last)
    try FileManager.default.removeItem(atPath: outputFolder + "/" + former)
  }

  /// The folder that the link leads to now; nil if there is none that we made.
  private func formerName() throws -> String? {
    var status = stat()
    guard lstat(last, &status) == 0 else { return nil }
    if status.st_mode & S_IFMT == S_IFDIR {
      // A copy of a run, made by a program that follows links: make it a link again.
      let name = unusedName(step: 0)
      try check(rename(last, outputFolder + "/" + name), last)
      try check(symlink(name, last), last)
      return name
    }
    guard
      let name = try? FileManager.default.destinationOfSymbolicLink(atPath: last),
      name.hasPrefix(Self.prefix), !name.contains("/")
    else { return nil }
    return name
  }

  private func unusedName(step: Int) -> String {
    var name = Self.prefix + "\(step)"
    var number = 1
    while FileManager.default.fileExists(atPath: outputFolder + "/" + name) {
      number += 1
      name = Self.prefix + "\(step)-\(number)"
    }
    return name
  }

  /// Users know where the checkpoint would have gone, not what it is called until it is complete.
  private func withoutPartialNames(_ error: any Error, partial: String) -> any Error {
    guard case FileError.cannotWrite(let path, let code) = error, path.hasPrefix(partial) else {
      return error
    }
    return FileError.cannotWrite(path: last + path.dropFirst(partial.count), code: code)
  }

  private func check(_ status: Int32, _ path: String) throws {
    if status != 0 { throw FileError.cannotWrite(path: path, code: errno) }
  }

  /// The checkpoint that is meant by a path: an output folder, or a checkpoint's own folder.
  /// - Throws: `TrainingError.noCheckpoint`.
  package static func find(_ path: String) throws -> String {
    for folder in [path, path + "/" + lastName] {
      if FileManager.default.fileExists(atPath: folder + "/" + stateName) { return folder }
    }
    throw TrainingError.noCheckpoint(folder: path)
  }
}
