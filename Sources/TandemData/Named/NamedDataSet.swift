import TandemTensor

/// A published data set that Tandem knows by its name, and how to get it.
package struct NamedDataSet: Sendable {
  /// What `--data` calls it.
  package let name: String
  /// One line about what it is.
  package let summary: String
  /// The files that are fetched.
  package let files: [RemoteFile]
  /// What comes before the files' names, of each server that has them.
  package let mirrors: [String]
  /// The folder inside of the only file, an archive, that holds the data set; nil where the files
  /// are read as they are.
  package let unpackedFolder: String?
  /// The files in that folder without which it is of no use.
  package let unpackedFiles: [String]

  package init(
    name: String, summary: String, files: [RemoteFile], mirrors: [String],
    unpackedFolder: String? = nil, unpackedFiles: [String] = []
  ) {
    self.name = name
    self.summary = summary
    self.files = files
    self.mirrors = mirrors
    self.unpackedFolder = unpackedFolder
    self.unpackedFiles = unpackedFiles
  }

  package var byteCount: Int { files.map(\.byteCount).reduce(0, +) }

  /// The data set of that name, in any case of letters.
  package static func named(_ name: String) -> NamedDataSet? {
    all.first { $0.name == name.lowercased() }
  }

  /// - Throws: `FetchError` that lists the names there are.
  package static func require(_ name: String) throws -> NamedDataSet {
    guard let dataSet = named(name) else {
      throw FetchError(dataSet: name, fact: .unknown(known: all.map(\.name)))
    }
    return dataSet
  }
}
