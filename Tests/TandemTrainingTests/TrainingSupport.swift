import Foundation
import Synchronization
import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining

/// A small data set whose classes can be told apart: the brightest quarter of the image is the
/// class, under noise.
func quarters(_ count: Int, seed: UInt64 = 1, stream: UInt32 = 0, noise: Float = 0.4)
  -> InMemoryDataset
{
  var random = CounterRandom(seed: seed, purpose: .test).sequence(stream)
  var pixels: [Float] = []
  let labels = (0..<count).map { _ in Int32(random.nextWord() % 4) }
  for label in labels {
    for row in 0..<8 {
      for column in 0..<8 {
        let quarter = row / 4 * 2 + column / 4
        pixels.append((quarter == Int(label) ? 1 : 0) + noise * random.normal())
      }
    }
  }
  return InMemoryDataset(
    name: "quarters", imageShape: [1, 8, 8], classNames: ["a", "b", "c", "d"],
    pixels: .float32(pixels), labels: labels)
}

extension InMemoryDataset {
  /// The same images several times over.
  func repeated(_ times: Int) -> InMemoryDataset {
    var pixels: [Float] = []
    for index in 0..<count {
      var image = [Float](repeating: 0, count: imageShape.elementCount)
      copyImage(index, normalization: .unitScale(channels: imageShape[0]), into: &image)
      pixels += image
    }
    return InMemoryDataset(
      name: name, imageShape: imageShape, classNames: classNames,
      pixels: .float32(Array((0..<times).map { _ in pixels }.joined())),
      labels: (0..<times).flatMap { _ in (0..<count).map { label($0) } })
  }
}

func quartersPair(train: Int, test: Int = 20) -> DatasetPair {
  DatasetPair(train: quarters(train), test: quarters(test, stream: 1))
}

/// A network with everything that could depend on the layout: convolution, pooling, dropout.
let smallNetwork = Network("small", input: [1, 8, 8]) {
  Conv2D(5, kernel: 3, padding: 1)
  ReLU()
  MaxPool2D(2)
  Dropout(0.3)
  Dense(12)
  Tanh()
  Dropout(0.5)
  Dense(4)
}

/// Learns the built-in shapes.
let shapesNetwork = Network("shapes-net", input: [1, 24, 24]) {
  Conv2D(8, kernel: 5)
  ReLU()
  MaxPool2D(2)
  Dense(32)
  ReLU()
  Dense(3)
}

/// Softmax regression that starts at zero: its first gradient has a closed form.
let linearNetwork = Network("linear", input: [1, 8, 8]) {
  Dense(4, weightInitializer: .constant(0), biasInitializer: .constant(0)).named("fc")
}

func makeTrainer(
  _ network: Network, _ data: DatasetPair,
  observers: [any TrainingObserver] = [], _ change: (inout TrainingOptions) -> Void = { _ in }
) throws -> Trainer {
  var options = TrainingOptions()
  options.epochs = 1
  options.batchSize = 16
  options.learningRate = 0.01
  options.workers = 1
  options.pinsWorkers = false
  options.evaluatesEachEpoch = false
  change(&options)
  return try Trainer(
    network: network, data: data, normalization: .unitScale(channels: 1), options: options,
    observers: observers)
}

func makeTrainer(
  _ data: DatasetPair, observers: [any TrainingObserver] = [],
  _ change: (inout TrainingOptions) -> Void = { _ in }
) throws -> Trainer {
  try makeTrainer(smallNetwork, data, observers: observers, change)
}

/// The bits of all parameters, in order.
func bits(_ trainer: Trainer) -> [UInt32] {
  trainer.parameters.flatMap { $0.tensor.elements.map(\.bitPattern) }
}

func floats(_ trainer: Trainer) -> [Float] {
  trainer.parameters.flatMap(\.tensor.elements)
}

/// Keeps all events, and lets a test act on them.
final class Recorder: TrainingObserver {
  private let all = Mutex<[TrainingEvent]>([])
  private let action: @Sendable (TrainingEvent) throws -> Void

  init(_ action: @escaping @Sendable (TrainingEvent) throws -> Void = { _ in }) {
    self.action = action
  }

  func receive(_ event: TrainingEvent) throws {
    all.withLock { $0.append(event) }
    try action(event)
  }

  var events: [TrainingEvent] { all.withLock { $0 } }

  var steps: [StepRecord] {
    events.compactMap { event in
      if case .stepFinished(let step) = event { step } else { nil }
    }
  }

  var epochs: [EpochRecord] {
    events.compactMap { event in
      if case .epochFinished(let record) = event { record } else { nil }
    }
  }

  /// The names of the events other than steps, in their order.
  var kinds: [String] {
    events.compactMap { event in
      switch event {
      case .started: "started"
      case .warning: "warning"
      case .stepFinished: nil
      case .evaluationStarted: "evaluation"
      case .epochFinished: "epoch"
      case .changed: "change"
      case .checkpointWritten: "checkpoint"
      case .finished: "finished"
      }
    }
  }
}
