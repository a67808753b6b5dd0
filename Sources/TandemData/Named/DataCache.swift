import Foundation
import TandemTensor

/// The folder in which data sets that are known by name are kept, each in a folder of its name.
///
/// Any number of processes may fetch at once: for each data set one does, the others wait for it.
/// Ranks on several hosts that share the folder fetch it once if its file system has locks.
package struct DataCache: Sendable {
  package let folder: String

  package init(folder: String) {
    self.folder = folder
  }

  /// The user's own: `$XDG_CACHE_HOME/tandem/data`, or `~/.cache/tandem/data`; nil where there is
  /// no home.
  package static var standard: DataCache? {
    CacheFolder.standard.map { DataCache(folder: $0 + "/data") }
  }

  /// The user's own.
  /// - Throws: `FetchError` that names the data set, where there is no home.
  package static func ofUser(for dataSet: NamedDataSet) throws -> DataCache {
    guard let cache = standard else { throw FetchError(dataSet: dataSet.name, fact: .noCache) }
    return cache
  }

  /// How much of a data set is there.
  package enum State: String, Sendable, Codable {
    case complete, partial, absent
  }

  package func state(of dataSet: NamedDataSet) -> State {
    if isComplete(dataSet) { return .complete }
    let names = (try? FileSystem.names(inFolder: place(of: dataSet))) ?? []
    return names.contains { $0.first != "." } ? .partial : .absent
  }

  /// The folder with the files that are read.
  package func readFolder(of dataSet: NamedDataSet) -> String {
    place(of: dataSet) + (dataSet.unpackedFolder.map { "/" + $0 } ?? "")
  }

  private func place(of dataSet: NamedDataSet) -> String { folder + "/" + dataSet.name }

  private func isComplete(_ dataSet: NamedDataSet) -> Bool {
    let folder = readFolder(of: dataSet)
    if dataSet.unpackedFolder != nil {
      return (dataSet.unpackedFiles + [DigestList.name]).allSatisfy {
        FileSystem.exists(folder + "/" + $0)
      }
    }
    return dataSet.files.allSatisfy { isThere($0, in: folder) }
  }

  private func isThere(_ file: RemoteFile, in folder: String) -> Bool {
    FileSystem.status(folder + "/" + file.name).map { Int($0.st_size) } == file.byteCount
  }

  /// Sees to it that a data set is there: what is missing is fetched, compared with its digest and,
  /// where it is an archive, unpacked. Files that a user has placed there count.
  ///
  /// - Parameter note: told what is fetched, in one line each.
  /// - Returns: the folder with the files that are read.
  /// - Throws: `FetchError`, `FileError`, `DataError` for an archive that cannot be read.
  @discardableResult
  package func fetch(
    _ dataSet: NamedDataSet, note: (String) -> Void = { _ in }
  ) throws -> String {
    if isComplete(dataSet) { return readFolder(of: dataSet) }
    do {
      try withoutActuallyEscaping(note) { try fetch(dataSet, escapingNote: $0) }
    } catch let fact as FetchError.Fact {
      throw FetchError(dataSet: dataSet.name, fact: fact)
    }
    return readFolder(of: dataSet)
  }

  private func fetch(_ dataSet: NamedDataSet, escapingNote note: @escaping (String) -> Void) throws
  {
    let mirrors = try MirrorVariable.mirrors(of: dataSet.name) ?? dataSet.mirrors
    let place = place(of: dataSet)
    try CacheFolder.make(place)
    let lock = try FileLock(path: place + "/.lock") {
      note("waiting for another process that fetches \(dataSet.name)")
    }
    defer { withExtendedLifetime(lock) {} }
    if isComplete(dataSet) { return }
    var missing: [String] = []
    var problems: [String] = []
    for file in dataSet.files where try !isRight(file, in: place) {
      let download = Download(file: file, folder: place, mirrors: mirrors, note: note)
      guard let found = try download.run() else { continue }
      missing.append(file.name)
      problems = found
      // Where no server can be reached, none has the other files.
      missing += dataSet.files.drop { $0 != file }.dropFirst().filter { !isThere($0, in: place) }
        .map(\.name)
      break
    }
    guard missing.isEmpty else {
      throw FetchError.Fact.notFetched(files: missing, folder: place, problems: problems)
    }
    if let unpacked = dataSet.unpackedFolder, let archive = dataSet.files.first {
      try ArchiveUnpacking(
        archive: place + "/" + archive.name, inner: unpacked, place: place,
        mostBytes: 8 * archive.byteCount
      ).run()
    }
  }

  /// Whether a file is there with the right digest. One that is another is out of the way then.
  private func isRight(_ file: RemoteFile, in place: String) throws -> Bool {
    let path = place + "/" + file.name
    guard isThere(file, in: place) else { return false }
    if try SHA256Digest.text(ofFile: path) == file.sha256 { return true }
    try FileSystem.remove(path)
    return false
  }

  /// Reads all files of a data set that is there.
  /// - Throws: `FetchError` that names those that are damaged; `FileError`.
  package func verify(_ dataSet: NamedDataSet) throws {
    let folder = readFolder(of: dataSet)
    let expected =
      dataSet.unpackedFolder == nil
      ? dataSet.files.map { (name: $0.name, sha256: $0.sha256) }
      : try DigestList.read(folder)
    let damaged = try expected.filter {
      let path = folder + "/" + $0.name
      return try !FileSystem.exists(path) || SHA256Digest.text(ofFile: path) != $0.sha256
    }
    guard damaged.isEmpty else {
      throw FetchError(
        dataSet: dataSet.name, fact: .damaged(paths: damaged.map { folder + "/" + $0.name }))
    }
  }
}
