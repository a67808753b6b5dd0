import CKernels

/// The exchange of made-up gradients, by messages, and the same sum by the MPI library's own
/// `MPI_Allreduce`: which of the two is faster on a machine, without a network around it.
///
/// Ownership: used inside of `Job.perform`.
package final class ExchangeTrial {
  private let communicator: MPICommunicator
  private let plan: ExchangePlan
  private let sums: BucketSums
  private let transfer: any BucketTransfer
  private let count: Int
  private let gradients: UnsafeMutablePointer<Float>
  private let parameters: UnsafeMutablePointer<Float>
  /// A sum of gradients and the parameters before it is added, of one block each.
  private let scratch: UnsafeMutablePointer<Float>
  /// Sums and copies happen in pieces that stay in the cache.
  private static let blockElements = 4096

  /// - Parameters:
  ///   - bytes: of gradients on each rank, in float32.
  ///   - bucketBytes: of these in one go.
  ///   - memory: a provider of zeroed, page-aligned memory that outlives this.
  package init(
    _ communicator: any Communicator, bytes: Int, bucketBytes: Int, wire: WireFormat,
    memory: (_ bytes: Int) throws -> UnsafeMutableRawPointer
  ) throws {
    guard let communicator = communicator as? MPICommunicator else {
      preconditionFailure("a job of one rank has nobody to exchange with")
    }
    self.communicator = communicator
    let lineBytes = MPICommunicator.lineElements * MemoryLayout<Float>.size
    count = max(1, bytes / lineBytes) * MPICommunicator.lineElements
    let bucketElements = max(1, bucketBytes / lineBytes) * MPICommunicator.lineElements
    plan = ExchangePlan(
      rank: communicator.rank,
      buckets: stride(from: 0, to: count, by: bucketElements).map {
        [count] in $0..<min(count, $0 + bucketElements)
      },
      shards: (0..<communicator.size).map { $0..<$0 + 1 }, wire: wire)
    sums = plan.sums(activeShards: communicator.size)
    func elements<Element: WireElement>(
      _ count: Int, of type: Element.Type
    ) throws -> UnsafeMutablePointer<Element> {
      try memory(max(1, count) * MemoryLayout<Element>.size).assumingMemoryBound(to: type)
    }
    gradients = try elements(count, of: Float.self)
    parameters = try elements(count, of: Float.self)
    scratch = try elements(2 * Self.blockElements, of: Float.self)
    let receivedCount = sums.receivedElements
    transfer =
      switch wire {
      case .float32:
        MessageTransfer(
          plan, shardGradients: [gradients], parameters: parameters,
          received: try elements(receivedCount, of: Float.self))
      case .bfloat16:
        RoundedMessageTransfer(
          plan, shardGradients: [gradients],
          packed: [try elements(count, of: BFloat16Bits.self)],
          received: try elements(receivedCount, of: BFloat16Bits.self))
      }
  }

  /// Lets all parameters be 0.
  package func clearParameters() {
    parameters.update(repeating: 0, count: count)
  }

  /// Gives each rank gradients of its own.
  package func fill() throws {
    for index in 0..<count {
      gradients[index] = Float(index % 1009) * 0.37 + Float(communicator.rank) * 1.7
    }
    try communicator.barrier()
  }

  /// Exchanges the gradients as a training step does, with all buckets ready at once and an update
  /// that adds the sum to the parameters: so all ranks end with the sum of all gradients, if these
  /// were zero.
  package func exchange() throws {
    var arriving = try plan.buckets.indices.map { bucket in
      if transfer.addsShards(bucket, sums) {
        forEachBlock(of: plan.buckets[bucket]) { transfer.addShards(bucket, $0, sums) }
      }
      return (bucket, try transfer.startSending(bucket, sums, communicator))
    }[...]
    var returning: [(Int, [any PendingOperation])] = []
    while let (bucket, operations) = arriving.popFirst() {
      for operation in operations { try communicator.poll(operation) }
      forEachBlock(of: plan.ownSlice(bucket)) {
        update($0, transfer.sum(bucket, $0, sums, scratch: scratch))
      }
      returning.append((bucket, try transfer.startReturning(bucket, communicator)))
    }
    for (bucket, operations) in returning {
      for operation in operations { try communicator.poll(operation) }
      guard let changes = transfer.changes else { continue }
      for (owner, slice) in plan.slices[bucket].enumerated() where owner != plan.rank {
        tandem_add_change(
          parameters + slice.lowerBound, changes + slice.lowerBound, slice.count)
      }
    }
  }

  private func update(_ block: Range<Int>, _ sum: UnsafePointer<Float>) {
    let parameters = parameters + block.lowerBound
    guard let changes = transfer.changes else {
      tandem_add(parameters, sum, block.count)
      return
    }
    let before = scratch + Self.blockElements
    before.update(from: parameters, count: block.count)
    tandem_add(parameters, sum, block.count)
    tandem_round_change(parameters, before, changes + block.lowerBound, block.count)
  }

  private func forEachBlock(of range: Range<Int>, _ body: (Range<Int>) -> Void) {
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.blockElements) {
      body(start..<min(start + Self.blockElements, range.upperBound))
    }
  }

  /// Lets the library add up the gradients, in place.
  package func allReduce() throws {
    try communicator.allReduce(gradients, count: count)
  }

  /// Whether the last exchange came to what the last all-reduce came to. With two ranks in float32
  /// to the last bit: there is only one way to add two numbers. All gradients have the same sign,
  /// so that each rounding to bfloat16 on the way costs 2⁻⁸ of the sum at most, and a little with
  /// the others.
  package func agree() -> Bool {
    let additionsInARow = Int.bitWidth - (communicator.size - 1).leadingZeroBitCount
    let tolerance =
      switch plan.wire {
      case .float32: communicator.size == 2 ? 0 : Float(1e-5)
      case .bfloat16: 0x1.1p-8 * Float(additionsInARow + 1)
      }
    return (0..<count).allSatisfy {
      abs(parameters[$0] - gradients[$0]) <= tolerance * abs(gradients[$0])
    }
  }

  /// What one rank sends in one exchange.
  package var bytesSent: Int { plan.bytesSent(sums) }
}

extension Communicator {
  /// Returns when the operation is over, and leaves the core to nobody meanwhile.
  fileprivate func poll(_ operation: any PendingOperation) throws {
    while try !isFinished(operation) {}
  }
}
