/// Why a training would not come to its end.
enum DryRunError: Error, CustomStringConvertible {
  /// - Parameters:
  ///   - limit: what is in the way, as in "…of this machine's 24,000 MiB".
  ///   - ranks: how many take it together.
  ///   - host: nil for the only one.
  case memory(neededBytes: Int, availableBytes: Int, limit: String, ranks: Int, host: String?)
  case disk(folder: String, neededBytes: Int, availableBytes: Int)

  var description: String {
    switch self {
    case .memory(let needed, let available, let limit, let ranks, let host):
      let who = ranks > 1 ? "the \(ranks) ranks" : "the training"
      let place = host.map { " on host \($0)" } ?? ""
      return
        "\(who)\(place) would take \(gibibytes(needed)) more of memory and \(gibibytes(available)) are left of "
        + "\(limit); use a smaller --batch-size, fewer --workers and --shards, or a smaller network"
    case .disk(let folder, let needed, let available):
      return "the checkpoints in \(folder) would take \(mebibytes(needed)) and the disk has "
        + "\(mebibytes(available)) left; make room, or give another --output"
    }
  }
}
