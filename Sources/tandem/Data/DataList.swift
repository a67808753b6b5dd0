import Tandem

/// Data sets with how much of them is in the cache.
struct DataList {
  struct Entry: Encodable {
    let name: String
    let summary: String
    /// Bytes that are fetched.
    let byteCount: Int
    let state: DataCache.State
    /// Where its files are, or would be.
    let folder: String
  }

  let dataSets: [Entry]
  private let cacheFolder: String

  init(_ sets: [NamedDataSet], in cache: DataCache) {
    cacheFolder = cache.folder
    dataSets = sets.map { dataSet in
      Entry(
        name: dataSet.name, summary: dataSet.summary, byteCount: dataSet.byteCount,
        state: cache.state(of: dataSet), folder: cache.readFolder(of: dataSet))
    }
  }

  /// - Parameter isVerified: whether all that is complete was compared with its digests.
  func text(verified isVerified: Bool) -> String {
    let table = TextTable(
      columns: [.left("Data set"), .right("MB"), .left("State"), .left("Description")],
      rows: dataSets.map { entry in
        let state =
          switch entry.state {
          case .complete: isVerified ? "verified" : "here"
          case .partial: "partly here"
          case .absent: "not here"
          }
        return [entry.name, "\((entry.byteCount + 500_000) / 1_000_000)", state, entry.summary]
      })
    return table.text + "\nKept in \(cacheFolder)."
  }
}
