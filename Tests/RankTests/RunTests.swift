import Foundation
import TandemCollectives
import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining

/// Training runs whose options are given as `name=value`. At the end the first rank prints the
/// ending, the number of steps, a digest of the weights and what it says about continuing.
let runTests: [String: RankTest] = [
  "train": { job, arguments in
    let values = Dictionary(
      uniqueKeysWithValues: arguments.map { argument in
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        return (parts[0], parts[1])
      })
    let trainer = try Trainer(
      network: network, data: data, normalization: .unitScale(channels: 1),
      options: try options(values, job), observers: [Announcer()], job: job)
    if let folder = values["resume"] { try trainer.resume(from: folder) }
    if let path = values["weights"] { try trainer.loadWeights(path) }
    let result = try trainer.run()
    guard job.rank == 0 else { return }
    print("ending \(result.ending) after \(result.steps) steps")
    print("weights \(digest(of: trainer.parameters.map(\.tensor)))")
    print("loss \(result.epochs.suffix(2).map(\.trainLoss)) \(result.evaluation?.loss ?? 0)")
    if let hint = result.resumeHint { print(hint) }
  },
  // The last rank gets no more memory than it has; its parameters would take 92 MB.
  "out-of-memory": { job, _ in
    let large = Network("large", input: [1, 24, 24]) {
      Dense(40000)
      Dense(3)
    }
    if job.rank == job.size - 1 { try limitMemory(toMore: 60 << 20) }
    let trainer = try Trainer(
      network: large, data: data, normalization: .unitScale(channels: 1),
      options: try options([:], job), job: job)
    _ = try trainer.run()
  },
]

/// Lets this process have so many bytes of addresses more than it has.
private func limitMemory(toMore bytes: Int) throws {
  let statistics = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
  guard let pages = statistics.split(separator: " ").first.flatMap({ Int($0) }) else {
    throw Unexpected("no size of this process in \(statistics)")
  }
  let most = UInt(pages * sysconf(Int32(_SC_PAGESIZE)) + bytes)
  var limit = rlimit(rlim_cur: most, rlim_max: most)
  guard setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else {
    throw Unexpected("no limit of \(most) bytes")
  }
}

/// With everything that could depend on the layout: convolution, pooling, dropout.
private let network = Network("small", input: [1, 24, 24]) {
  Conv2D(4, kernel: 5)
  ReLU()
  MaxPool2D(2)
  Dropout(0.3)
  Dense(40)
  Tanh()
  Dropout(0.5)
  Dense(3)
}

private let data = DatasetPair(
  train: ShapesGenerator(seed: 7).dataset(0..<100),
  test: ShapesGenerator(seed: 7).dataset(100..<130))

private func options(_ values: [String: String], _ job: Job) throws -> TrainingOptions {
  func number(_ name: String) -> Int? { values[name].flatMap { Int($0) } }
  var options = TrainingOptions()
  options.workers = number("workers") ?? 1
  options.shards = number("shards") ?? 4
  options.epochs = number("epochs") ?? 2
  options.batchSize = number("batch") ?? 16
  options.stepLimit = number("steps")
  options.checkpointEverySteps = number("every")
  options.outputFolder = values["out"]
  options.optimizer = AnyOptimizer(Adam(weightDecay: 1e-3))
  options.learningRate = 0.003
  options.evaluationChunkSize = 8
  // Several buckets, although the network is small.
  options.bucketBytes = 4096
  options.firstBucketBytes = 64
  options.pinsWorkers = false
  options.stopsOnSignals = true
  if let clip = values["clip"] { options.clipNorm = Float(clip) }
  return options
}

private func digest(of tensors: [Tensor]) -> String {
  var digest = ContentDigest()
  for tensor in tensors { digest.add(tensor.elements) }
  return digest.text
}

/// Prints when the first steps are over, for tests that act while a run goes on.
private final class Announcer: TrainingObserver {
  func receive(_ event: TrainingEvent) {
    if case .stepFinished(let step) = event, step.step <= 20 {
      FileHandle.standardOutput.write(Data("step \(step.step)\n".utf8))
    }
  }
}
