import Foundation
import TandemTensor

/// Where the last checkpoint of a run is: `OUT/checkpoint-last`, a symbolic link to a folder with
/// the model and the state of the training.
///
/// A new checkpoint is written to a folder of its own, completely, before the link is switched by
/// one rename: whenever the program or the machine stops, the link leads to two files that belong
/// together. The folder it led to before is removed afterwards. Links that are there from before
/// the switch to the end tell the next run which folders are not needed, whenever this one stops.
package struct CheckpointFolder: Hashable, Sendable {
  package static let lastName = "checkpoint-last"
  package static let modelName = "model.safetensors"
  package static let stateName = "training-state.safetensors"
  private static let prefix = "checkpoint-step-"
  private static let temporaryPrefix = ".checkpoint-"
  private static let partialSuffix = ".partial"
  private static let linkSuffix = ".link"

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
    let temporary = outputFolder + "/" + Self.temporaryPrefix + "\(getpid())-\(random)"
    let partial = temporary + Self.partialSuffix
    try check(FileSystem.makeFolder(partial), partial)
    do {
      try write(partial)
    } catch {
      try? FileSystem.remove(partial)
      throw withoutPartialNames(error, partial: partial)
    }
    let links = ["", ".former"].map { temporary + $0 + Self.linkSuffix }
    var name: String?
    do {
      let former = try formerName()
      let next = unusedName(step: step)
      try check(FileSystem.makeLink(links[0], to: next), links[0])
      if let former { try check(FileSystem.makeLink(links[1], to: former), links[1]) }
      try check(FileSystem.rename(partial, to: outputFolder + "/" + next), last)
      name = next
      try check(FileSystem.rename(links[0], to: last), last)
      if let former { try? FileSystem.remove(outputFolder + "/" + former) }
      _ = FileSystem.unlink(links[1])
    } catch {
      try? FileSystem.remove(name.map { outputFolder + "/" + $0 } ?? partial)
      for link in links { _ = FileSystem.unlink(link) }
      throw error
    }
  }

  /// Removes what a program that was killed while it wrote a checkpoint has left behind. A finished
  /// folder that no link leads to stays: it may be a copy that the user keeps.
  package func removeUnfinished() {
    let current = FileSystem.target(ofLink: last)
    let names = (try? FileSystem.names(inFolder: outputFolder)) ?? []
    for name in names where name.hasPrefix(Self.temporaryPrefix) {
      let path = outputFolder + "/" + name
      if name.hasSuffix(Self.partialSuffix) {
        try? FileSystem.remove(path)
      } else if name.hasSuffix(Self.linkSuffix) {
        if let target = FileSystem.target(ofLink: path), target != current, isOurs(target) {
          try? FileSystem.remove(outputFolder + "/" + target)
        }
        _ = FileSystem.unlink(path)
      }
    }
  }

  /// Removes the last checkpoint, if there is one.
  package func remove() throws {
    let former = try formerName()
    guard FileSystem.unlink(last) == 0 || errno == ENOENT else {
      throw FileError.cannotWrite(path: last, code: errno)
    }
    if let former { try FileSystem.remove(outputFolder + "/" + former) }
  }

  /// The folder that the link leads to now; nil if there is none that we made.
  private func formerName() throws -> String? {
    guard let status = FileSystem.status(last, followsLinks: false) else { return nil }
    if status.isFolder {
      // A copy of a run, made by a program that follows links: make it a link again.
      let name = unusedName(step: 0)
      try check(FileSystem.rename(last, to: outputFolder + "/" + name), last)
      try check(FileSystem.makeLink(last, to: name), last)
      return name
    }
    guard let name = FileSystem.target(ofLink: last), isOurs(name) else { return nil }
    return name
  }

  private func isOurs(_ name: String) -> Bool {
    name.hasPrefix(Self.prefix) && !name.utf8.contains(UInt8(ascii: "/"))
  }

  private func unusedName(step: Int) -> String {
    var name = Self.prefix + "\(step)"
    var number = 1
    while FileSystem.status(outputFolder + "/" + name, followsLinks: false) != nil {
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
      if FileSystem.exists(folder + "/" + stateName) { return folder }
    }
    throw TrainingError.noCheckpoint(folder: path)
  }
}
