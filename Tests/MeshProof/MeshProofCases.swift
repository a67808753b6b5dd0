import TandemNetwork
import TandemTensor
import TandemZoo

extension MeshProof {
  /// For `make test`: the same networks as in `full`, narrow and with small images.
  package static let narrow: [MeshProof] = [
    zoo("alexnet", input: [3, 67, 67], width: 0.125, batchSize: 6, steps: 3),
    zoo("vgg-a", input: [3, 32, 32], width: 0.125, batchSize: 6, steps: 3),
    zoo("cats-dogs-small", input: [3, 50, 50], width: 0.125, batchSize: 6, steps: 3),
    zoo("googlenet", input: [3, 80, 80], width: 0.125, batchSize: 6, steps: 3),
    zoo(
      "resnet-18", input: [3, 32, 32], width: 0.125, batchSize: 8, steps: 3, learningRate: 0.0005),
  ]

  /// For `make test-mesh`: as wide as published, with smaller images; and AlexNet with its own, for
  /// one step.
  package static let full: [MeshProof] = [
    zoo("alexnet", input: [3, 67, 67], batchSize: 8, steps: 50),
    zoo("alexnet", "alexnet-full-size", input: [3, 227, 227], batchSize: 16, steps: 1),
    zoo("vgg-a", input: [3, 64, 64], batchSize: 8, steps: 50),
    zoo("googlenet", input: [3, 80, 80], batchSize: 8, steps: 50, learningRate: 0.003),
    zoo("resnet-18", input: [3, 64, 64], batchSize: 16, steps: 50, learningRate: 0.0005),
  ]

  private static func zoo(
    _ model: String, _ name: String? = nil, input: Shape, width: Double = 1, batchSize: Int,
    steps: Int, learningRate: Float = 0.01
  ) -> MeshProof {
    MeshProof(name ?? model, batchSize: batchSize, steps: steps, learningRate: learningRate) {
      let classes = try Zoo.entry(named: model).outputs == 1 ? 2 : 10
      return try Zoo.network(named: model, input: input, classes: classes, width: width)
    }
  }
}
