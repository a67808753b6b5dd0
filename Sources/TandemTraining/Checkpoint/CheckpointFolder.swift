import Foundation
import TandemTensor

/// Where the last checkpoint of a run is: `OUT/checkpoint-last`, a symbolic link to a folder with
/// the model and the state of the training.
///
/// A new checkpoint is written to a folder of its own, completely, before the link is switched by
/// one rename: whenever the program or the machine stops, the link leads to two files that belong
/// together. The folder it led to before is removed afterwards. Links that are there from before
/// the switch to the end tell the next run which folders are not needed, whenever this one stops.
///
/// Where more than one checkpoint stays, `checkpoint-last-2` leads to the one before the last, and
/// so on. The best weights of a run lie in its checkpoint's folder, a second name of the same file
/// as long as they stay the same, so that one rename switches everything; `OUT/best` leads there.
package struct CheckpointFolder: Hashable, Sendable {
  package static let lastName = "checkpoint-last"
  package static let modelName = "model.safetensors"
  package static let stateName = "training-state.safetensors"
  /// The folder of the best weights, in a checkpoint's folder and as a link in the output folder.
  package static let bestName = "best"
  /// Further weights of a run, which have links in the output folder.
  static let partNames = [bestName, emaName, averageName]
  /// The folder of the weights' average over steps.
  static let emaName = "ema"
  /// The folder of the mean of the last epochs' weights.
  static let averageName = "average"
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

  /// The file of further weights in a checkpoint's folder.
  static func model(of checkpoint: String, part: String) -> String {
    checkpoint + "/" + part + "/" + modelName
  }

  /// Makes what `write` puts into the given empty folder the last checkpoint.
  ///
  /// - Parameter kept: how many checkpoints stay, this one included.
  /// - Throws: `FileError`, or what `write` throws; the former checkpoint then stays.
  package func replaceLast(
    step: Int, keeping kept: Int = 1, write: (_ folder: String) throws -> Void
  ) throws {
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
    let next = temporary + Self.linkSuffix
    var notes: [String] = []
    var name: String?
    do {
      let former = try formerNames()
      let staying = Array(former.prefix(max(0, kept - 1)))
      let leaving = former.dropFirst(staying.count)
      let new = unusedName(step: step)
      try check(FileSystem.makeLink(next, to: new), next)
      for (index, folder) in leaving.enumerated() {
        let note = temporary + ".former-\(index)" + Self.linkSuffix
        try check(FileSystem.makeLink(note, to: folder), note)
        notes.append(note)
      }
      try check(FileSystem.rename(partial, to: outputFolder + "/" + new), last)
      name = new
      try showFormer(staying, temporary: temporary)
      try check(FileSystem.rename(next, to: last), last)
      for folder in leaving { try? FileSystem.remove(outputFolder + "/" + folder) }
      for note in notes { _ = FileSystem.unlink(note) }
    } catch {
      try? FileSystem.remove(name.map { outputFolder + "/" + $0 } ?? partial)
      for link in [next] + notes { _ = FileSystem.unlink(link) }
      throw error
    }
  }

  /// Lets links lead to the checkpoints that stay beside the last one, the newest first. From the
  /// last link on, so that at any moment each of them has one.
  private func showFormer(_ names: [String], temporary: String) throws {
    for number in formerLinks.keys where number > names.count + 1 {
      _ = FileSystem.unlink(formerLink(number))
    }
    for (index, name) in names.enumerated().reversed() {
      let link = formerLink(index + 2)
      if FileSystem.target(ofLink: link) == name { continue }
      let made = temporary + ".kept" + Self.linkSuffix
      try check(FileSystem.makeLink(made, to: name), link)
      guard FileSystem.rename(made, to: link) == 0 else {
        let code = errno
        _ = FileSystem.unlink(made)
        throw FileError.cannotWrite(path: link, code: code)
      }
    }
  }

  private func formerLink(_ number: Int) -> String { last + "-\(number)" }

  /// What the links to checkpoints before the last one lead to, by their numbers.
  private var formerLinks: [Int: String] {
    let names = (try? FileSystem.names(inFolder: outputFolder)) ?? []
    return names.reduce(into: [:]) { links, name in
      guard name.hasPrefix(Self.lastName + "-"),
        let number = Int(name.dropFirst(Self.lastName.count + 1)), number > 1,
        let target = FileSystem.target(ofLink: formerLink(number)), isOurs(target)
      else { return }
      links[number] = target
    }
  }

  /// Lets a link in the output folder lead to a part of the last checkpoint.
  /// - Throws: `FileError.cannotWrite`, if something else is in its place for example.
  func showPart(_ name: String) throws {
    let link = outputFolder + "/" + name
    if isPartLink(name) { return }
    if isCopy(link) { try FileSystem.remove(link) }
    try check(FileSystem.makeLink(link, to: Self.lastName + "/" + name), link)
  }

  /// Removes such a link, if there is one.
  func hidePart(_ name: String) {
    if isPartLink(name) { _ = FileSystem.unlink(outputFolder + "/" + name) }
  }

  private func isPartLink(_ name: String) -> Bool {
    FileSystem.target(ofLink: outputFolder + "/" + name) == Self.lastName + "/" + name
  }

  /// Whether a folder is what programs make of a link to weights when they follow links.
  private func isCopy(_ folder: String) -> Bool {
    FileSystem.target(ofLink: folder) == nil
      && (try? FileSystem.names(inFolder: folder)) == [Self.modelName]
  }

  /// Removes what a program that was killed while it wrote a checkpoint has left behind. A finished
  /// folder that no link leads to stays: it may be a copy that the user keeps.
  package func removeUnfinished() {
    let current = Set([FileSystem.target(ofLink: last)].compactMap(\.self) + formerLinks.values)
    let names = (try? FileSystem.names(inFolder: outputFolder)) ?? []
    for name in names where name.hasPrefix(Self.temporaryPrefix) {
      let path = outputFolder + "/" + name
      if name.hasSuffix(Self.partialSuffix) {
        try? FileSystem.remove(path)
      } else if name.hasSuffix(Self.linkSuffix) {
        if let target = FileSystem.target(ofLink: path), !current.contains(target), isOurs(target) {
          try? FileSystem.remove(outputFolder + "/" + target)
        }
        _ = FileSystem.unlink(path)
      }
    }
  }

  /// Removes the last checkpoint and those that stayed beside it, if there are any.
  package func remove() throws {
    let former = try formerNames()
    for link in [last] + formerLinks.keys.map(formerLink) {
      guard FileSystem.unlink(link) == 0 || errno == ENOENT else {
        throw FileError.cannotWrite(path: link, code: errno)
      }
    }
    for name in former { try FileSystem.remove(outputFolder + "/" + name) }
    for name in Self.partNames { hidePart(name) }
  }

  /// The folders of all checkpoints of the run, the last one first.
  private func formerNames() throws -> [String] {
    let others = formerLinks.sorted { $0.key < $1.key }.map(\.value)
    return ([try formerName()].compactMap(\.self) + others).reduce(into: []) { names, name in
      if !names.contains(name) { names.append(name) }
    }
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
