// Trains LeNet on the built-in shapes.
import Tandem

let data = try DatasetSource.load("shapes").limited(train: 1500, test: 300)
let network = Zoo.leNet(classes: data.train.classNames.count, input: data.train.imageShape)
var options = TrainingOptions()
options.epochs = 3
options.optimizer = AnyOptimizer(Adam())
let trainer = try Trainer(
  network: network, data: data, normalization: try .statistics(of: data.train), options: options)
let result = try trainer.run()
print("steps: \(result.steps)")
print("learned: \(result.evaluation!.top1 > 0.7)")
