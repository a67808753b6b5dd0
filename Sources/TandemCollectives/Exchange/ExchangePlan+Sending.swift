extension ExchangePlan {
  /// Starts giving this rank's partial sums of a bucket to the owners of its slices, and getting those of
  /// others.
  ///
  /// - Parameters:
  ///   - received: memory for `receivedElements`.
  ///   - partial: where one of this rank's partial sums is, laid out as the gradients are.
  func startSending<Element: WireElement>(
    _ bucket: Int, _ sums: PartialSums, into received: UnsafeMutablePointer<Element>,
    _ communicator: any Communicator, partial: (Int) -> UnsafeMutablePointer<Element>
  ) throws -> [any PendingOperation] {
    let nothing = 0..<0
    return try (0..<sums.rounds).map { round in
      let hasPartial = round < sums.own.count
      let sends = slices[bucket].enumerated().map { owner, slice in
        owner == rank || !hasPartial ? nothing : slice
      }
      let receives = (0..<ranks).map { sender -> Range<Int> in
        guard let place = sums.foreignPlace(ofRank: sender, round: round) else { return nothing }
        let start = receivedOffset(bucket: bucket, place: place, sums)
        return start..<start + ownSlice(bucket).count
      }
      // A rank without a partial still receives.
      return try communicator.startAllToAll(
        .gradients, from: hasPartial ? partial(round) : received, sends: sends, into: received,
        receives: receives)
    }
  }
}
