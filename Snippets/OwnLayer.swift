// A layer of one's own: its gradients are checked, then it trains on two workers.
import Tandem

/// Multiplies everything with one number, which is learned.
struct Scale: OwnLayer {
  static let kind = "scale"

  func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape { try onlyInput(inputs) }

  func parameters(for inputs: [Shape]) -> [Parameter] {
    [Parameter("weight", shape: [1], initializer: .constant(1), fanIn: 1, fanOut: 1)]
  }

  func forward(_ call: ForwardCall) {
    let weight = call.parameter("weight")[0]
    for i in call.output.indices { call.output[i] = weight * call.inputs[0][i] }
  }

  func backward(_ call: BackwardCall) {
    let weight = call.parameter("weight")[0]
    var sum: Float = 0
    for i in call.outputGradient.indices {
      call.inputGradients[0][i] = weight * call.outputGradient[i]
      sum += call.inputs[0][i] * call.outputGradient[i]
    }
    call.parameterGradient("weight")[0] = sum
  }
}

let errors = try OwnLayerGradientCheck(Scale(), inputs: [[2, 3, 3]]).run()
print("gradients are right: \(errors.values.allSatisfy { $0 < 0.01 })")

let data = try DatasetSource.load("shapes").limited(train: 600, test: 100)
let network = Network("scaled", input: data.train.imageShape) {
  Conv2D(4, kernel: 5)
  Scale()
  ReLU()
  MaxPool2D(2)
  Dense(data.train.classNames.count)
}
var options = TrainingOptions()
options.epochs = 1
options.workers = 2
let trainer = try Trainer(
  network: network, data: data, normalization: try .statistics(of: data.train), options: options)
_ = try trainer.run()
let scale = trainer.parameters.first { $0.name == "scale1.weight" }!.tensor
print("the weight has moved: \(scale.elements[0] != 1)")
