// A data set and an observer of one's own.
import Tandem

/// Images that are all dark or all light.
struct Lamps: Dataset {
  let name = "lamps"
  var count: Int
  let imageShape: Shape = [1, 4, 4]
  let classNames = ["off", "on"]

  func copyImage(
    _ index: Int, normalization: Normalization, into destination: UnsafeMutablePointer<Float>
  ) {
    destination.update(repeating: Float(index % 2), count: imageShape.elementCount)
  }

  func label(_ index: Int) -> Int32 { Int32(index % 2) }
  func prefix(_ maximumCount: Int) -> Lamps { Lamps(count: min(count, maximumCount)) }

  /// The pixels follow from the number of images.
  func fingerprint() -> DatasetFingerprint {
    DatasetFingerprint(
      images: count, imageShape: imageShape, classNames: classNames, contents: UInt64(count))
  }
}

final class EpochPrinter: TrainingObserver {
  func receive(_ event: TrainingEvent) {
    if case .epochFinished(let record) = event { print("epoch \(record.epoch)") }
  }
}

let data = DatasetPair(train: Lamps(count: 64), test: Lamps(count: 10))
let network = Network("switch", input: [1, 4, 4]) { Dense(2) }
var options = TrainingOptions()
options.epochs = 3
options.batchSize = 8
options.learningRate = 0.1
options.workers = 1
let trainer = try Trainer(
  network: network, data: data, normalization: .unitScale(channels: 1), options: options,
  observers: [EpochPrinter()])
let result = try trainer.run()
print("top-1: \(result.evaluation!.top1)")
