import CKernels
import TandemCollectives
import TandemNetwork
import TandemTensor
import TandemTraining
import Testing

/// Exchanges of made-up gradients among ranks that are threads of this process.
struct Exchanges {
  var workersOfRanks = [1]
  var shards = 4
  var optimizer = AnyOptimizer(SGD(momentum: 0.9))
  var clipNorm: Float?
  var bucketBytes = 2048
  var overlaps = true
  /// The shards that have images in each step.
  var activeShards = [4, 4, 3, 4, 1, 2]
  /// Whether a single rank exchanges as several do.
  var usesCommunicator = true
  /// Then workers exchange as in training: by `SharedMemoryExchange` where a step needs one
  /// exchange only.
  var sharesMemory = false
  /// Shards whose statistics are summed in the midst of each step; each needs a worker then.
  var statisticsGroup: Int?
  /// Weights with fewer elements have stored gradients.
  var leastFactoredElements = Int.max
  /// Mini-batches of each step.
  var batches = 1
  var wire = WireFormat.float32
  /// Which rank is asked to stop, in which step (from 0).
  var stop: (rank: Int, step: Int)?
  /// Whose second parameter has an infinite gradient.
  var infiniteShard: Int?

  static let graph: NetworkGraph = {
    let network = Network("made-up", input: [1, 8, 8]) {
      Dense(150)
      Dense(40)
      Dense(3)
    }
    return try! network.graph()
  }()
  static let layout = graph.parameterLayout

  struct Result: Equatable {
    /// The parameters' bits of each rank.
    var parameters: [[UInt32]] = []
    var losses: [LossSum] = []
    var bytesSent = 0
  }

  private func step(_ index: Int) -> StepContext {
    StepContext(
      epoch: 0, step: index + 1, exchange: index, activeShards: activeShards[index],
      images: images(activeShards: activeShards[index]), learningRate: 0.01)
  }

  /// A mini-batch has two images for each shard; the last one of a step may have one for some only.
  private func images(activeShards: Int) -> Int {
    (batches - 1) * 2 * shards + (activeShards == shards ? 2 * shards : activeShards)
  }

  private var rows: BatchRows { layout(rank: 0).batchRows }

  private func layout(rank: Int) -> JobLayout {
    JobLayout(
      epochs: EpochDivision(images: 2 * shards, batchSize: 2 * shards, accumulatedBatches: 1),
      division: ShardDivision(shards: shards),
      ranks: RankLayout(rank: rank, workersOfRanks: workersOfRanks))
  }

  private func factored() throws -> FactoredGradients {
    let images = images(activeShards: shards)
    return try FactoredGradients(
      FactoredGradients.weights(
        Self.graph, images: images, optimizer: optimizer, clipNorm: clipNorm,
        leastElements: leastFactoredElements),
      images: images, wire: wire)
  }

  /// Fills in the factors of one shard's images.
  private func fill(_ factored: FactoredGradients, shard: Int, step: Int) {
    for range in rows.rows(ofShards: shard..<shard + 1, images: self.step(step).images) {
      for image in range {
        for (index, weight) in factored.weights.enumerated() {
          var random = CounterRandom(seed: UInt64(image), purpose: .test)
            .sequence(UInt32(step), UInt32(index))
          let rows = factored.rows(index, from: image)
          for input in 0..<weight.inputs { rows.input[input] = random.normal() }
          for output in 0..<weight.outputs { rows.outputGradient[output] = random.normal() }
          // As replicas do it.
          guard rows.areRounded else { continue }
          tandem_round_to_bfloat16(rows.input, rows.input, weight.inputs)
          tandem_round_to_bfloat16(rows.outputGradient, rows.outputGradient, weight.outputs)
        }
      }
    }
  }

  private func loss(_ shard: Int, _ step: Int) -> LossSum {
    LossSum(loss: 0.1 * Double(shard + 1) / Double(step + 3), top1: shard, top5: 2, images: 5)
  }

  /// Gradients of very different sizes, so that the order of additions shows.
  private func fill(_ gradients: UnsafeMutablePointer<Float>, shard: Int, step: Int) {
    for entry in Self.layout.entries {
      var random = CounterRandom(seed: UInt64(shard), purpose: .test)
        .sequence(UInt32(step), UInt32(entry.offset))
      for element in entry.range {
        let exponent = Int(random.nextWord() % 16) - 8
        gradients[element] =
          random.normal() * Float(sign: .plus, exponent: exponent, significand: 1)
      }
    }
    if shard == infiniteShard { gradients[Self.layout.entries[2].offset] = .infinity }
  }

  func run() throws -> Result {
    let ranks = ThreadRanks(size: workersOfRanks.count)
    let results = RankResults(count: ranks.size)
    try ranks.run { [self] rank, communicator in
      results.set(rank, try run(rank, communicator))
    }
    var all = Result()
    for result in results.all {
      all.parameters += result.parameters
      all.losses = result.losses
      all.bytesSent += result.bytesSent
    }
    #expect(results.all.allSatisfy { $0.losses == all.losses })
    return all
  }

  private func run(_ rank: Int, _ communicator: any Communicator) throws -> Result {
    let team = try Team(workers: workersOfRanks[rank])
    let layout = layout(rank: rank)
    let bytes = Self.layout.elementCount * MemoryLayout<Float>.size
    let shared =
      sharesMemory
      ? try SharedArenas(communicator, bytes: bytes, layout: layout) : nil
    let parameters =
      try shared?.parameters ?? MemoryArena(byteCount: bytes, purpose: "parameters")
    if shared == nil || rank == 0 { Self.layout.initialize(parameters.floats(), seed: 7) }
    let factored = try factored()
    let memory = try TrainingMemory(
      TrainedLayout(Self.layout), parameters: parameters, stateNames: optimizer.stateNames,
      division: layout,
      factored: factored, shared: shared)
    let progress = BucketProgress(
      buckets: Buckets.form(
        Self.layout, factored: factored.weights, bucketBytes: bucketBytes, firstBucketBytes: 64),
      workers: team.workers)
    let norms = GradientNorms(Self.layout, optimizer: optimizer, clipNorm: clipNorm)
    let statistics = statisticsGroup.map { groupSize in
      ShardStatistics(
        rank: rank, shards: layout.shardsOfRanks, capacity: 3, questionsPerStep: 2,
        groupSize: groupSize)
    }
    let meeting = norms == nil && statistics == nil ? shared?.meeting : nil
    let exchange =
      usesCommunicator && meeting == nil
      ? try BucketWork(
        layout, memory: memory, progress: progress, norms: norms, wire: wire,
        activeShards: Set(activeShards))
      : nil
    let agreement = ThreadExchange.Agreement()
    let stopRequests = activeShards.indices.map { index in
      let request = StopRequest()
      if let stop, stop == (rank, index) { request.request() }
      return request
    }
    let losses = Losses()
    try team.run { worker in
      var part: any GradientExchange =
        try exchange.map { try MessageExchange($0, optimizer: optimizer) }
        ?? meeting.map {
          SharedMemoryExchange(
            memory: memory, meeting: $0, layout: layout.ranks, buckets: progress.buckets,
            update: try SliceUpdate(memory, optimizer, wire: wire))
        }
        ?? ThreadExchange(
          memory: memory, progress: progress, norms: norms, agreement: agreement,
          update: try SliceUpdate(memory, optimizer, wire: wire))
      for index in activeShards.indices {
        let step = step(index)
        let own = layout.shards(ofWorker: worker.index)
        for shard in own.clamped(to: 0..<step.activeShards) {
          fill(memory.gradients(ofShard: shard), shard: shard, step: index)
          fill(factored, shard: shard, step: index)
          memory.add(loss(shard, index), ofShard: shard, isFirst: true)
        }
        for entry in Self.layout.entries {
          if let statistics, entry.offset == Self.layout.entries[1].offset {
            for shard in own.clamped(to: 0..<step.activeShards) {
              try ask(statistics, shard: shard, step, worker)
            }
          }
          progress.report(worker, exchange: index, elements: entry.range.upperBound)
        }
        progress.report(worker, exchange: index, elements: Self.layout.elementCount)
        let outcome = try part.run(step, worker: worker, stopRequest: stopRequests[index])
        if worker.index == 0 { losses.add(outcome) }
        if !outcome.signals.isEmpty { break }
      }
    } alongside: { companion in
      guard let exchange else { return }
      let communication = StepCommunication(
        try BucketStages(
          exchange, optimizer: optimizer, overlaps: overlaps, activity: ActivityBoard()),
        others: statistics.map { [$0] } ?? [], companion: companion, communicator: communicator)
      for index in activeShards.indices {
        let signals = try communication.run(step(index), stopRequest: stopRequests[index])
        if !signals.isEmpty { break }
      }
    }
    let bits = (0..<Self.layout.elementCount).map { parameters.floats()[$0].bitPattern }
    return Result(
      parameters: [bits], losses: losses.all.map(\.losses),
      bytesSent: losses.all.reduce(0) { $0 + $1.figures.bytesSent })
  }

  /// Asks twice, with different numbers of numbers, and checks the answers.
  private func ask(
    _ statistics: ShardStatistics, shard: Int, _ step: StepContext, _ worker: Worker
  ) throws {
    func number(_ shard: Int, _ index: Int) -> Double { 0.1 * Double(shard + 1) + Double(index) }
    let first = shard / statistics.groupSize * statistics.groupSize
    let group = first..<min(first + statistics.groupSize, step.activeShards)
    for count in [3, 1] {
      var values = (0..<count).map { number(shard, $0) }
      try values.withUnsafeMutableBufferPointer {
        try statistics.sum($0, shard: shard, activeShards: step.activeShards, worker: worker)
      }
      let expected = (0..<count).map { index in group.reduce(0) { $0 + number($1, index) } }
      if values != expected { throw WrongStatistics(found: values, expected: expected) }
    }
  }

  private struct WrongStatistics: Error {
    let found: [Double]
    let expected: [Double]
  }

  private final class Losses: @unchecked Sendable {  // Written by worker 0, read after the region.
    var all: [StepOutcome] = []
    func add(_ outcome: StepOutcome) { all.append(outcome) }
  }
}

/// Safe to share: each slot is written by one thread, and read after all have ended.
private final class RankResults: @unchecked Sendable {
  private let slots: UnsafeMutableBufferPointer<Exchanges.Result>
  init(count: Int) {
    slots = .allocate(capacity: count)
    slots.initialize(repeating: Exchanges.Result())
  }
  deinit { slots.deinitialize().deallocate() }
  func set(_ rank: Int, _ result: Exchanges.Result) { slots[rank] = result }
  var all: [Exchanges.Result] { Array(slots) }
}
