import Synchronization
import Tandem
import TandemNetwork
import TandemTraining

/// Forward passes alone, as they are at inference: each worker of all ranks computes its part of
/// the mini-batch, which is in memory, and waits for the other workers of its rank.
struct ForwardBench: BenchRun {
  private let setting: BenchSetting
  private let team: RankTeam
  private let job: Job

  init(_ setting: BenchSetting, workers: Int?, job: Job) throws {
    self.setting = setting
    self.job = job
    team = try RankTeam(job, asked: workers, usesShards: false, pins: true)
  }

  var workers: JobWorkers { team.workers }
  var shards: Int { team.workers.total }
  var mesh: Mesh? { nil }
  var warnings: [String] { team.warnings }

  func run() throws -> BenchSteps {
    let graph = try setting.network.graph()
    let parameters = try MemoryArena(
      byteCount: graph.parameterLayout.elementCount * MemoryLayout<Float>.size,
      purpose: "parameters", use: .parameters)
    graph.parameterLayout.initialize(parameters.floats(), seed: setting.seed)
    let parts = (0..<workers.counts[job.rank]).map(part)
    let plans = try team.team.onFirstWorker {
      // More workers than images leave some without any.
      try Dictionary(
        uniqueKeysWithValues: Set(parts.map(\.count)).subtracting([0]).map {
          ($0, try Plan(graph, images: $0, mode: .inference, precision: setting.precision))
        })
    }
    let timelines = RankTimelines(
      workers: parts.map { _ in Timeline(setting.detail) }, plans: plans)
    let ends = Mutex<[ContinuousClock.Instant]>([])
    let data = try setting.data
    let steps = setting.warmUpSteps + setting.steps
    try job.perform("beginning to measure") { try $0.barrier() }
    try team.team.run { [setting] worker in
      let part = parts[worker.index]
      let timeline = timelines.workers[worker.index]
      let images = try Self.images(part, of: data, setting.normalization)
      let replica = try plans[part.count].map {
        try Replica(plan: $0, parameters: parameters.floats())
      }
      replica?.timeline = timeline
      // The one before the first tells when that begins.
      for step in 0...steps {
        timeline.step = step
        try replica?.forward(images: images.floats())
        timeline.leave()
        try worker.barrier()
        if worker.index == 0 { ends.withLock { $0.append(.now) } }
      }
    }
    let own = ends.withLock { ends in zip(ends, ends.dropFirst()).map { ($1 - $0) / .seconds(1) } }
    let all = try job.gather("comparing steps", own)
    let seconds = own.indices.map { step in all.map { $0[step] }.max() ?? 0 }
    return BenchSteps(
      seconds: seconds.suffix(setting.steps), exchanges: [], timelines: timelines)
  }

  /// The images of one of this rank's workers.
  private func part(_ worker: Int) -> Range<Int> {
    let worker = workers.counts[..<job.rank].reduce(0, +) + worker
    func cut(_ worker: Int) -> Int { setting.batchSize * worker / workers.total }
    return cut(worker)..<cut(worker + 1)
  }

  private static func images(
    _ part: Range<Int>, of data: SyntheticDataset, _ normalization: Normalization
  ) throws -> MemoryArena {
    let elements = data.imageShape.elementCount
    let arena = try MemoryArena(
      byteCount: part.count * elements * MemoryLayout<Float>.size, purpose: "images")
    for (slot, index) in part.enumerated() {
      data.copyImage(
        index, normalization: normalization, into: arena.floats(at: slot * elements))
    }
    return arena
  }
}
