// One worker and two compute the same weights, bit for bit.
import Tandem

let data = try DatasetSource.load("shapes").limited(train: 300, test: 100)
let network = Network("small", input: data.train.imageShape) {
  Conv2D(4, kernel: 5)
  ReLU()
  MaxPool2D(2)
  Dense(data.train.classNames.count)
}

func weights(workers: Int) throws -> [[Float]] {
  var options = TrainingOptions()
  options.epochs = 1
  options.workers = workers
  options.shards = 2
  let trainer = try Trainer(
    network: network, data: data, normalization: .unitScale(channels: 1), options: options)
  _ = try trainer.run()
  return trainer.parameters.map(\.tensor.elements)
}
print("the same bits: \(try weights(workers: 1) == weights(workers: 2))")
