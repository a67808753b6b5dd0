import TandemCollectives
import TandemData
import TandemNetwork
import TandemTraining
import Testing

@Suite("What a trainer refuses")
struct TrainerInputTests {
  private func message(
    _ network: Network = smallNetwork, _ data: DatasetPair = quartersPair(train: 20),
    _ change: (inout TrainingOptions) -> Void = { _ in }
  ) -> String {
    do {
      _ = try makeTrainer(network, data, change)
      return "accepted"
    } catch {
      return "\(error)"
    }
  }

  @Test("options out of range, with the option's name")
  func options() {
    #expect(message { _ in } == "accepted")
    #expect(message { $0.batchSize = 0 } == "`batchSize` 0 makes no sense; use 1 or more")
    #expect(message { $0.epochs = -1 }.hasPrefix("`epochs` -1 makes no sense"))
    #expect(message { $0.workers = 0 }.hasPrefix("`workers` 0 makes no sense"))
    #expect(message { $0.workers = 500 } == "`workers` 500 makes no sense; use 192 or less")
    #expect(message { $0.shards = 5000 } == "`shards` 5000 makes no sense; use 1024 or less")
    #expect(
      message { $0.epochs = .max }
        == "`epochs` 9223372036854775807 makes no sense; use 2147483647 or less")
    #expect(message { $0.batchSize = .max }.hasPrefix("`batchSize` 9223372036854775807"))
    #expect(message { $0.accumulatedBatches = .max }.hasPrefix("`accumulatedBatches` 92233"))
    #expect(message { $0.clipNorm = .infinity }.hasPrefix("`clipNorm` inf"))
    #expect(message { $0.stepLimit = 0 }.hasPrefix("`stepLimit` 0"))
    #expect(message { $0.learningRate = .nan }.hasPrefix("`learningRate` nan"))
    #expect(message { $0.clipNorm = 0 }.hasPrefix("`clipNorm` 0.0"))
    #expect(message { $0.labelSmoothing = 2 }.hasPrefix("`labelSmoothing` 2.0"))
    #expect(message { $0.checkpointEverySteps = 5 }.contains("`outputFolder`"))
    #expect(
      message {
        $0.pieces = 2
        $0.timelineDetail = .operators
      }.hasPrefix("`pieces` 2"))
  }

  @Test("the largest numbers that are accepted do not overflow")
  func largestNumbers() throws {
    let trainer = try makeTrainer(quartersPair(train: 20)) {
      $0.epochs = Int(Int32.max)
      $0.batchSize = Int(Int32.max)
      $0.accumulatedBatches = Int(Int32.max)
      $0.stepLimit = 2
    }
    #expect(try trainer.run().steps == 2)
  }

  @Test("more workers than shards")
  func workersAndShards() {
    #expect(
      message {
        $0.workers = 3
        $0.shards = 2
      }
        == "3 workers have only 2 logical shards to work on; use `workers` 2 or less, or "
        + "`shards` 3 or more")
  }

  @Test("more workers than cores is only a warning")
  func warnings() {
    #expect(RankTeam.warnings(workers: 2, cores: 2, usesShards: true) == [])
    #expect(
      RankTeam.warnings(workers: 5, cores: 2, usesShards: true) == [
        "5 workers share 2 cores, which is slower than one worker per core; use `workers` 2 with "
          + "`shards` 5 for the same result"
      ])
    #expect(
      RankTeam.warnings(workers: 5, cores: 1, usesShards: false) == [
        "5 workers share 1 core, which is slower than one worker per core; use `workers` 1"
      ])
  }

  @Test("networks and data that do not fit each other")
  func shapes() {
    let small = Network("tiny", input: [1, 4, 4]) { Dense(4) }
    #expect(
      message(small)
        == "the network tiny takes images of [1, 4, 4], those of quarters are [1, 8, 8]; use a "
        + "model or data that fits")
    let few = Network("few", input: [1, 8, 8]) { Dense(3) }
    #expect(message(few).contains("outputs [3], but quarters has 4 classes"))
    let softmax = Network("soft", input: [1, 8, 8]) {
      Dense(4)
      Softmax()
    }
    #expect(message(softmax).contains("ends with the layer softmax1, which the loss cross-entropy"))
    let empty = Network("none", input: [4]) { ReLU() }
    #expect(message(empty).contains("has no parameters"))
    let flat = Network("flat", input: [64]) { Dense(4) }
    #expect(message(flat) == "accepted")
  }

  @Test("layers that are to be sliced are not trained as if nobody had said so")
  func placedLayers() {
    let network = Network("split", input: [1, 8, 8]) {
      Dense(8)
      Placed(.model) { Dense(4).named("fc") }
    }
    #expect(message(network).contains("places the layer fc .model"))
  }

  @Test("data sets without images")
  func noImages() {
    let data = quarters(4)
    let none = data.prefix(0)
    #expect(
      message(smallNetwork, DatasetPair(train: none, test: data)).contains(
        "quarters has no train images"))
    #expect(
      message(smallNetwork, DatasetPair(train: data, test: none)) { $0.evaluatesEachEpoch = true }
        .contains("quarters has no test images"))
    #expect(message(smallNetwork, DatasetPair(train: data, test: none)) == "accepted")
  }
}
