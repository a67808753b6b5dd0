/// The exchange of made-up gradients, by messages, and the same sum by the MPI library's own
/// `MPI_Allreduce`: which of the two is faster on a machine, without a network around it.
///
/// Ownership: used inside of `Job.perform`.
package final class ExchangeTrial {
  private let communicator: MPICommunicator
  private let plan: ExchangePlan
  private let sums: PartialSums
  private let transfer: MessageTransfer
  private let count: Int
  private let gradients: UnsafeMutablePointer<Float>
  private let parameters: UnsafeMutablePointer<Float>
  private let received: UnsafeMutablePointer<Float>
  /// Sums and copies happen in pieces that stay in the cache.
  private static let blockElements = 4096

  /// - Parameters:
  ///   - bytes: of gradients on each rank.
  ///   - memory: a provider of zeroed, page-aligned memory that outlives this.
  package init(
    _ communicator: any Communicator, bytes: Int, bucketBytes: Int,
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
      shards: (0..<communicator.size).map { $0..<$0 + 1 })
    sums = plan.partialSums(activeShards: communicator.size)
    func floats(_ count: Int) throws -> UnsafeMutablePointer<Float> {
      try memory(max(1, count) * MemoryLayout<Float>.size).assumingMemoryBound(to: Float.self)
    }
    gradients = try floats(count)
    parameters = try floats(count)
    received = try floats(plan.receivedElements(sums))
    transfer = MessageTransfer(
      plan, shardGradients: [gradients], parameters: parameters, received: received)
  }

  /// Gives each rank gradients of its own.
  package func fill() throws {
    for index in 0..<count {
      gradients[index] = Float(index % 1009) * 0.37 + Float(communicator.rank) * 1.7
    }
    try communicator.barrier()
  }

  /// Exchanges the gradients as a training step does, with all buckets ready at once and an update that
  /// copies the sum: so all ranks end with the sum of all gradients.
  package func exchange() throws {
    var arriving = try plan.buckets.indices.map {
      ($0, try transfer.startSending($0, sums, communicator))
    }[...]
    var returning: [any PendingOperation] = []
    while let (bucket, operations) = arriving.popFirst() {
      for operation in operations { try communicator.poll(operation) }
      let slice = plan.ownSlice(bucket)
      for start in stride(from: slice.lowerBound, to: slice.upperBound, by: Self.blockElements) {
        let block = start..<min(start + Self.blockElements, slice.upperBound)
        let sum = transfer.keepSum(bucket, block, sums)
        (parameters + start).update(from: sum, count: block.count)
      }
      returning.append(try transfer.startReturning(bucket, communicator))
    }
    for operation in returning { try communicator.poll(operation) }
  }

  /// Lets the library add up the gradients, in place.
  package func allReduce() throws {
    try communicator.allReduce(gradients, count: count)
  }

  /// Whether the last exchange came to what the last all-reduce came to. With two ranks to the last bit:
  /// there is only one way to add two numbers.
  package func agree() -> Bool {
    (0..<count).allSatisfy {
      communicator.size == 2
        ? parameters[$0] == gradients[$0]
        : abs(parameters[$0] - gradients[$0]) <= 1e-5 * abs(gradients[$0])
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
