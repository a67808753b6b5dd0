import Foundation
import Tandem
import Testing

/// What `predict` makes of outputs depends on the loss that the network was trained with.
@Suite(.serialized) struct PredictLossTests {
  struct Report: Decodable {
    let outputShape: [Int]
    let classes: [Int?]
  }

  let folder: TemporaryFolder
  private let images = 12

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Trains on dark and bright images, and predicts these.
  private func predict(outputs: Int, _ loss: Loss.Kind, _ options: String = "") throws -> ToolRun {
    let pixels = (0..<images).flatMap { [UInt8](repeating: $0 % 2 == 0 ? 20 : 230, count: 16) }
    let data = InMemoryDataset(
      name: "brightness", imageShape: [1, 4, 4], classNames: ["dark", "bright"],
      pixels: .uint8(pixels), labels: (0..<Int32(images)).map { $0 % 2 })
    let network = Network("brightness", input: [1, 4, 4]) { Dense(outputs) }
    var training = TrainingOptions()
    training.epochs = 20
    training.workers = 1
    training.loss = loss
    training.learningRate = 0.05
    training.outputFolder = folder.path("run")
    training.overwritesOutput = true
    _ = try Trainer(
      network: network, data: DatasetPair(train: data, test: data),
      normalization: .unitScale(channels: 1), options: training
    ).run()

    try NumPyArray(shape: [images, 4, 4], storage: .uint8(pixels))
      .write(to: folder.path("x.npy"))
    return try ToolRun(
      "predict --weights \(folder.path("run")) --input \(folder.path("x.npy")) "
        + "--output \(folder.path("y.npy")) --json \(options)")
  }

  private func written() throws -> [Float] {
    try NumPyArray(contentsOf: folder.path("y.npy")).floatTensor().elements
  }

  @Test(arguments: [Loss.Kind.binaryCrossEntropy, .meanSquaredError])
  func oneOutputTellsTwoClassesApart(loss: Loss.Kind) throws {
    let report = try predict(outputs: 1, loss).json(as: Report.self)
    #expect(report.outputShape == [images, 1])
    #expect(report.classes == (0..<images).map { $0 % 2 })
  }

  @Test func probabilitiesOfOneOutputAreItsSigmoid() throws {
    try predict(outputs: 1, .binaryCrossEntropy).expectSuccess()
    let logits = try written()
    try predict(outputs: 1, .binaryCrossEntropy, "--softmax").expectSuccess()
    let probabilities = try written()
    #expect(probabilities.count == images)
    for (logit, probability) in zip(logits, probabilities) {
      #expect(abs(Double(probability) - 1 / (1 + exp(-Double(logit)))) < 1e-6)
    }
  }

  @Test func squaredErrorsHaveNoProbabilities() throws {
    try predict(outputs: 2, .meanSquaredError, "--softmax")
      .expectFailure(naming: "brightness", "mse", "--softmax")
    #expect(!FileManager.default.fileExists(atPath: folder.path("y.npy")))
  }
}
