/// Why a data set that is known by its name cannot be had.
package struct FetchError: Error, Equatable {
  package enum Fact: Error, Equatable {
    /// There is no folder to keep it in.
    case noCache
    /// No server has given a file; `problems` has one of each.
    case notFetched(files: [String], folder: String, problems: [String])
    case badMirror(String)
    /// An archive has a file that would be outside of the folder it is unpacked to, or much more
    /// than it should.
    case refusedArchive(path: String, problem: String)
    /// Files of the cache that are not what they were.
    case damaged(paths: [String])
    case unknown(known: [String])
  }

  /// The data set's name.
  package let dataSet: String
  package let fact: Fact

  package init(dataSet: String, fact: Fact) {
    self.dataSet = dataSet
    self.fact = fact
  }
}

extension FetchError: CustomStringConvertible {
  package var description: String {
    switch fact {
    case .noCache:
      "there is no folder to keep \(dataSet) in; set HOME or XDG_CACHE_HOME"
    case .notFetched(let files, let folder, let problems):
      "\(dataSet) is not here yet and cannot be fetched (\(problems.joined(separator: "; "))); place "
        + "\(files.joined(separator: ", ")) in \(folder), or try again on-line"
    case .badMirror(let mirror):
      "\(MirrorVariable.name) has \(mirror.debugDescription), which is no address that begins with http:// or "
        + "https://"
    case .refusedArchive(let path, let problem):
      "\(path) is not unpacked: \(problem); remove it and fetch \(dataSet) again"
    case .damaged(let paths):
      "\(paths.joined(separator: ", ")) of \(dataSet) "
        + (paths.count == 1 ? "is" : "are") + " damaged; remove what is damaged and fetch it again"
    case .unknown(let known):
      "there is no data set \(dataSet.debugDescription); there are " + known.joined(separator: ", ")
    }
  }
}
