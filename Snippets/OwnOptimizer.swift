// An optimizer and a schedule of one's own.
import Tandem

/// Steps of one size in the direction of a running mean's sign.
struct SignDescent: Optimizer {
  static let name = "sign-descent"
  var stateNames: [String] { ["mean"] }

  func update(
    parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
    state: [UnsafeMutablePointer<Float>], count: Int, learningRate: Float, step: Int
  ) {
    let mean = state[0]
    for i in 0..<count {
      mean[i] = 0.9 * mean[i] + 0.1 * gradients[i]
      if mean[i] != 0 { parameters[i] -= mean[i] > 0 ? learningRate : -learningRate }
    }
  }
}

/// Half the rate after each epoch.
struct Halving: ScheduleShape {
  static let name = "halving"
  func learningRate(base: Double, at progress: ScheduleProgress) -> Double {
    base / Double(1 << progress.epoch)
  }
}

let data = try DatasetSource.load("shapes").limited(train: 600, test: 100)
let network = Network("linear", input: data.train.imageShape) {
  Dense(data.train.classNames.count)
}
var options = TrainingOptions()
options.epochs = 2
options.optimizer = AnyOptimizer(SignDescent())
options.learningRate = 1e-3
options.schedule = try Schedule(Halving())
let trainer = try Trainer(
  network: network, data: data, normalization: try .statistics(of: data.train), options: options)
let result = try trainer.run()
let losses = result.epochs.map(\.trainLoss)
print("epochs: \(losses.count)")
print("the loss falls: \(losses[1] < losses[0])")
