import TandemNetwork
import TandemTensor
import TandemTraining
import TandemZoo
import Testing

/// A network of the zoo and weights, to be written as a file and computed by others.
struct ExportCase: Sendable, CustomTestStringConvertible {
  let name: String
  let model: String
  let width: Double
  let input: Shape

  var testDescription: String { name }

  /// Every network, narrow and on small images where it can be.
  static let narrow: [ExportCase] = Zoo.models.map { entry in
    // Those of torchvision's VGG have maps that 7×7 does not divide; ceil mode and padding meet odd
    // and even sizes.
    let inputs: [String: Shape] = [
      "cats-dogs-small": [3, 50, 54], "cats-dogs-small-dropout": [3, 50, 54],
      "caffenet": [3, 67, 67], "googlenet": [3, 80, 80], "googlenet-torchvision": [3, 75, 90],
      "inception-v4": [3, 107, 107], "vgg-11-torchvision": [3, 80, 64],
      "vgg-13-torchvision": [3, 32, 32], "vgg-16-torchvision": [3, 96, 300],
    ]
    var input = inputs[entry.name] ?? entry.inputShape
    if input == [3, 224, 224] { input = entry.family == "VGG" ? [3, 32, 32] : [3, 64, 64] }
    if entry.name.hasPrefix("cifar-resnet-1") || entry.name.hasPrefix("cifar-plain-1") {
      input = [3, 16, 16]
    }
    let isLarge = entry.inputShape.elementCount > 3 * 32 * 32
    return ExportCase(
      name: entry.name, model: entry.name, width: entry.hasWidth ? isLarge ? 0.125 : 0.5 : 1,
      input: input)
  }

  /// Some as published.
  static let full: [ExportCase] = [
    "lenet-5", "alexnet", "caffenet", "googlenet", "googlenet-torchvision", "resnet-50",
    "inception-v4", "vgg-16-bn",
  ].map { name in
    ExportCase(
      name: "full-" + name, model: name, width: 1,
      input: (try? Zoo.entry(named: name).inputShape) ?? [1])
  }

  func network() throws -> Network { try Zoo.network(named: model, input: input, width: width) }

  /// Images `[N, C, H, W]`.
  func images(_ count: Int) -> Tensor {
    var random = CounterRandom(seed: 1, purpose: .test).sequence(0)
    return Tensor(
      shape: input.batched(count),
      elements: (0..<count * input.elementCount).map { _ in random.normal() })
  }

  /// Weights that keep the signal's size from layer to layer.
  static func parameters(_ layout: ParameterLayout) -> [String: Tensor] {
    let entries = layout.entries.sorted { $0.name < $1.name }
    return Dictionary(
      uniqueKeysWithValues: entries.enumerated().map { index, entry in
        var random = CounterRandom(seed: 1, purpose: .test).sequence(2, UInt32(index))
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

  /// A file of such weights.
  static func weights(
    for network: Network, in folder: String, name: String = "weights"
  ) throws -> ModelFile {
    let path = "\(folder)/\(name).safetensors"
    try SafeTensorsFile(tensors: parameters(network.graph().parameterLayout)).write(to: path)
    return try ModelFile(contentsOf: path)
  }
}
