// Trains, predicts, saves, loads and predicts again.
import Foundation
import Tandem

let data = try DatasetSource.load("shapes").limited(train: 600, test: 100)
let network = Network("small", input: data.train.imageShape) {
  Dense(32)
  Tanh()
  Dense(data.train.classNames.count)
}
let normalization = try Normalization.statistics(of: data.train)
var options = TrainingOptions()
options.epochs = 1
let trainer = try Trainer(
  network: network, data: data, normalization: normalization, options: options)
_ = try trainer.run()

let images = Tensor(repeating: 0.5, shape: [2, 1, 24, 24])
let outputs = try trainer.predict(images)
print("outputs: \(outputs.logits.shape)")

let path = FileManager.default.temporaryDirectory
  .appendingPathComponent("tandem-\(UUID().uuidString).safetensors").path
try trainer.save(to: path)
let model = try Model.load(path)
try FileManager.default.removeItem(atPath: path)
print("classes: \(model.classNames.joined(separator: ", "))")
print("the same: \(try model.predict(images).logits.elements == outputs.logits.elements)")
