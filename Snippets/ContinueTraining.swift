// Trains for an epoch, and continues from the checkpoint.
import Foundation
import Tandem

let folder = FileManager.default.temporaryDirectory
  .appendingPathComponent("tandem-\(UUID().uuidString)").path
let data = try DatasetSource.load("shapes").limited(train: 320, test: 100)
let network = Network("linear", input: data.train.imageShape) {
  Dense(data.train.classNames.count)
}
func trainer(epochs: Int) throws -> Trainer {
  var options = TrainingOptions()
  options.epochs = epochs
  options.outputFolder = folder
  return try Trainer(
    network: network, data: data, normalization: .unitScale(channels: 1), options: options)
}
print("steps: \(try trainer(epochs: 1).run().steps)")
let rest = try trainer(epochs: 2)
try rest.resume(from: folder)
print("steps: \(try rest.run().steps)")
try FileManager.default.removeItem(atPath: folder)
