import Foundation
import TandemNetwork
import TandemTensor
import TandemTraining
import TandemZoo
import Testing

/// A network, weights and a mini-batch on which Tandem and PyTorch are compared.
///
/// Everything follows from these few fields, so the fixtures hold PyTorch's results only: Tandem
/// writes the case to a file, Tests/Fixtures/pytorch/parity.py reads it and writes the result.
struct ParityCase: Sendable, CustomTestStringConvertible {
  /// What its files are called.
  var name: String
  var model: String
  var width: Double
  var input: Shape
  var classes: Int
  var images: Int
  /// nil for the network's own.
  var loss: Loss.Kind?
  var seed: UInt64
  /// How far weights may be apart after all steps, relative to the largest of their layer.
  var stepsTolerance: Double
  var steps = 10
  var learningRate: Float = 1e-3

  var testDescription: String { name }

  init(
    _ model: String, name: String? = nil, width: Double = 1, input: Shape, images: Int = 8,
    loss: Loss.Kind? = nil, seed: UInt64 = 1, stepsTolerance: Double = 1e-3
  ) {
    self.name = name ?? model
    self.model = model
    self.width = width
    self.input = input
    self.classes = (try? Zoo.entry(named: model))?.outputs == 1 ? 2 : 7
    self.images = images
    self.loss = loss
    self.seed = seed
    self.stepsTolerance = stepsTolerance
  }

  static let momentum = 0.9
  static let weightDecay = 1e-4

  /// Dropout left out: no two libraries drop the same elements.
  func network() throws -> Network {
    try Zoo.network(named: model, input: input, classes: classes, width: width).withDropout(0)
  }

  func lossKind() throws -> Loss.Kind { try loss ?? Loss.Kind(naturalFor: network().graph()) }

  /// `[N, C, H, W]`
  var pixels: [Float] {
    var random = CounterRandom(seed: seed, purpose: .test).sequence(0)
    return (0..<images * input.elementCount).map { _ in random.normal() }
  }

  var labels: [Int32] {
    var random = CounterRandom(seed: seed, purpose: .test).sequence(1)
    return (0..<images).map { _ in Int32(random.nextWord() % UInt32(classes)) }
  }

  /// Weights that keep the signal's size from layer to layer. Batch normalization gets small
  /// weights and positive biases: few of a ReLU's inputs are then so near 0 that rounding decides
  /// about them, which deep networks amplify until no two libraries agree.
  func parameters(_ layout: ParameterLayout) -> [String: Tensor] {
    let entries = layout.entries.sorted { $0.name < $1.name }
    return Dictionary(
      uniqueKeysWithValues: entries.enumerated().map { index, entry in
        var random = CounterRandom(seed: seed, purpose: .test).sequence(2, UInt32(index))
        let isNormalization = entry.parameter.fanIn == 1
        let deviation = (2 / Float(entry.parameter.fanIn)).squareRoot()
        let elements = (0..<entry.elementCount).map { _ -> Float in
          let uniform = Float(random.nextWord() >> 8) * 0x1p-24
          return switch entry.parameter.name {
          case "weight": isNormalization ? 0.3 + 0.3 * uniform : random.normal() * deviation
          case "bias": isNormalization ? 0.5 + 0.5 * uniform : 0.1 * random.normal()
          case "running_mean": 0.1 * random.normal()
          default: 0.8 + 0.4 * uniform
          }
        }
        return (entry.name, Tensor(shape: entry.parameter.shape, elements: elements))
      })
  }

  /// What parity.py reads.
  /// - Parameter more: further tensors.
  func write(to folder: String, adding more: [String: Tensor] = [:]) throws {
    let network = try network()
    let layout = try network.graph().parameterLayout
    var tensors = more
    for (key, tensor) in parameters(layout) { tensors["parameters." + key] = tensor }
    tensors["images"] = Tensor(shape: input.batched(images), elements: pixels)
    tensors["labels"] = Tensor(shape: [images], elements: labels.map(Float.init))
    var metadata = [
      "model": model, "width": "\(width)", "classes": "\(classes)",
      "input": input.dimensions.map(String.init).joined(separator: ","),
      "loss": try lossKind().rawValue, "learningRate": "\(learningRate)",
      "momentum": "\(Self.momentum)", "weightDecay": "\(Self.weightDecay)",
      "steps": "\(steps)",
    ]
    if let output = try network.graph().nodes.last?.layer as? RadialBasisOutput {
      tensors["targets"] = Tensor(
        shape: [output.targets.count, output.targets[0].count],
        elements: output.targets.joined().map(Float.init))
      metadata["rubbish"] = "\(RadialBasisLoss().rubbish)"
    }
    try SafeTensorsFile(tensors: tensors, metadata: metadata)
      .write(to: "\(folder)/\(name).case.safetensors")
  }
}

extension ParityCase {
  /// Narrow networks on small images, one or more of each family: results are in the repository.
  /// Seeds other than 1 are there where a ReLU or a maximum is so close to its corner that rounding
  /// decides.
  static let small: [ParityCase] = [
    ParityCase("lenet-5", input: [1, 32, 32]),
    ParityCase("lenet-5-softmax", input: [1, 32, 32]),
    ParityCase(
      "lenet-5-softmax", name: "lenet-5-binary-cross-entropy", input: [1, 32, 32],
      loss: .binaryCrossEntropy),
    ParityCase(
      "lenet-5-softmax", name: "lenet-5-mse", input: [1, 32, 32], loss: .meanSquaredError),
    ParityCase("cats-dogs-small-dropout", width: 0.125, input: [3, 50, 54]),
    ParityCase("alexnet", width: 0.125, input: [3, 64, 64]),
    ParityCase("caffenet", width: 0.125, input: [3, 67, 67]),
    ParityCase("alexnet-torchvision", width: 0.125, input: [3, 64, 64]),
    ParityCase("vgg-a-lrn", width: 0.125, input: [3, 32, 32]),
    ParityCase("vgg-c", width: 0.125, input: [3, 32, 32], seed: 2),
    ParityCase("vgg-11-torchvision", width: 0.125, input: [3, 80, 64]),
    ParityCase("vgg-16-bn", width: 0.125, input: [3, 64, 64], seed: 3),
    ParityCase("googlenet", width: 0.125, input: [3, 80, 80], seed: 4),
    ParityCase("googlenet-torchvision", width: 0.125, input: [3, 96, 96], seed: 2),
    // Rounding grows from one normalization to the next: PyTorch's own float32 is 3e-3 from its
    // float64 after ten steps with AVX2 and 2e-4 with SSE4.1; we are 1.7e-3 from it with oneDNN
    // 2.6.3 and AVX2, and 1.8e-3 with 3.7.2, while logits and gradients agree to 3e-5.
    ParityCase("inception-v4", width: 0.125, input: [3, 107, 107], stepsTolerance: 4e-3),
    ParityCase("resnet-18", width: 0.125, input: [3, 64, 64]),
    ParityCase("resnet-50", width: 0.125, input: [3, 64, 64]),
    ParityCase("resnet-50-torchvision", width: 0.125, input: [3, 64, 64]),
    ParityCase("plain-18", width: 0.125, input: [3, 64, 64]),
    ParityCase("cifar-resnet-20", width: 0.5, input: [3, 16, 16]),
    ParityCase("cifar-resnet-9", width: 0.125, input: [3, 32, 32]),
    ParityCase("cifar-plain-20", width: 0.5, input: [3, 16, 16]),
  ]

  /// Of which the changes of weights are compared with PyTorch's own float32, over three steps:
  /// large enough for Winograd's convolutions, whose errors are to stay within four times those.
  static let changes: [ParityCase] = {
    var parityCase = ParityCase(
      "vgg-a", name: "vgg-a-changes", width: 0.25, input: [3, 64, 64], seed: 1)
    parityCase.steps = 3
    parityCase.learningRate = 6e-3
    return [parityCase]
  }()

  /// The same with VGG-A as wide as published, and images of 112×112, so that Winograd's way
  /// computes all of its convolutions but the first. A ReLU or a maximum that rounding decides
  /// differently in two libraries moves an error more than all other rounding, so there are several
  /// draws.
  static let heldOut: [ParityCase] = (1...5).map { (seed: UInt64) in
    var parityCase = ParityCase(
      "vgg-a", name: "held-out-vgg-a-\(seed)", input: [3, 112, 112], seed: seed)
    parityCase.steps = 3
    parityCase.learningRate = 1e-3
    return parityCase
  }

  /// Every network of the zoo as wide as published, on images that are large enough for it. With
  /// millions of ReLUs and maxima some draws of weights and images bring one so close to its corner
  /// that no two float32 libraries agree about it, PyTorch with itself included (`parity.py
  /// --float32`); the script draws up to six times then. A wrong network is wrong in all of them.
  static let full: [ParityCase] = Zoo.models.map { entry in
    let smaller: [String: Shape] = [
      "alexnet": [3, 128, 128], "caffenet": [3, 131, 131], "alexnet-torchvision": [3, 128, 128],
      "googlenet": [3, 96, 96], "googlenet-torchvision": [3, 96, 96],
      "inception-v4": [3, 107, 107],
    ]
    var input = smaller[entry.name] ?? entry.inputShape
    if input == [3, 224, 224] { input = [3, 64, 64] }
    // Few images, for few corners; batch normalization needs some.
    let isNormalized = entry.make().description.contains("BatchNorm2D")
    let seed = ProcessInfo.processInfo.environment["TANDEM_PARITY_SEED"].flatMap { UInt64($0) }
    return ParityCase(
      entry.name, name: "full-" + entry.name, input: input, images: isNormalized ? 4 : 2,
      seed: seed ?? 1)
  }
}
