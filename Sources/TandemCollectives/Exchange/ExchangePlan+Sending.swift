extension ExchangePlan {
  /// Starts giving this rank's partial sums of a bucket to the owners of its slices, and getting
  /// those of others.
  ///
  /// - Parameters:
  ///   - received: memory for `BucketSums.receivedElements`.
  ///   - partial: where one of this rank's partial sums is, laid out as the gradients are.
  func startSending<Element: WireElement>(
    _ bucket: Int, _ bucketSums: BucketSums, into received: UnsafeMutablePointer<Element>,
    _ communicator: any Communicator, partial: (Int) -> UnsafeMutablePointer<Element>
  ) throws -> [any PendingOperation] {
    if staysAtHome(bucket) { return [] }
    let nothing = 0..<0
    let sums = bucketSums[bucket]
    return try (0..<sums.rounds).map { round in
      let hasPartial = round < sums.own.count
      let sends = slices[bucket].enumerated().map { owner, slice in
        owner == rank || !hasPartial || slice.isEmpty ? nothing : slice
      }
      let receives = (0..<ranks).map { sender -> Range<Int> in
        guard !ownSlice(bucket).isEmpty,
          let place = sums.foreignPlace(ofRank: sender, round: round)
        else { return nothing }
        let start = receivedOffset(bucket: bucket, place: place, bucketSums)
        return start..<start + ownSlice(bucket).count
      }
      // A rank without a partial still receives.
      return try communicator.startAllToAll(
        .gradients, from: hasPartial ? partial(round) : received, sends: sends, into: received,
        receives: receives)
    }
  }

  /// Starts giving this rank's slice of `elements`, laid out as the parameters are, to all that
  /// hold the bucket, and getting theirs.
  func startReturning<Element: WireElement>(
    _ bucket: Int, _ elements: UnsafeMutablePointer<Element>, _ communicator: any Communicator
  ) throws -> [any PendingOperation] {
    if staysAtHome(bucket) { return [] }
    if holders[bucket].count == ranks {
      return [try communicator.startAllGather(.parameters, elements, parts: slices[bucket])]
    }
    let nothing = 0..<0
    let others = slices[bucket].enumerated().map { owner, slice in
      owner != rank && isHeld(bucket) ? slice : nothing
    }
    let own = (0..<ranks).map { other in
      other != rank && isHeld(bucket) && holders[bucket].contains(other)
        ? ownSlice(bucket) : nothing
    }
    return [
      try communicator.startAllToAll(
        .parameters, from: elements, sends: own, into: elements, receives: others)
    ]
  }
}
