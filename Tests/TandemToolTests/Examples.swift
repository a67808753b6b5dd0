import Foundation
import Tandem
import Testing

/// The Swift code of README.md and docs/export.md, which `DocumentationTests` compares line by
/// line.
@Suite struct Examples {
  @Test func trainingFromSwift() throws {
    let data = try DatasetSource.load("shapes")
    let network = Network("small", input: data.train.imageShape) {
      Conv2D(16, kernel: 5)
      ReLU()
      MaxPool2D(2)
      Dense(data.train.classNames.count)
    }
    var options = TrainingOptions()
    options.epochs = 3
    options.optimizer = AnyOptimizer(Adam())
    let trainer = try Trainer(
      network: network, data: data, normalization: try .statistics(of: data.train),
      options: options, observers: [ProgressDisplay.automatic()])
    let result = try trainer.run()
    print("top-1:", result.evaluation?.top1 ?? 0)

    try trainer.save(to: "small.safetensors")
    let model = try Model.load("small.safetensors")
    print("first image:", model.classNames[try model.predict(data.test).classes[0] ?? 0])

    let export = try ONNXExport(
      "small.safetensors", options: ONNXOptions(dynamicBatch: true, withPreprocessing: true))
    try export.write(to: "small.onnx")

    defer {
      unlink("small.safetensors")
      unlink("small.onnx")
    }
    #expect(try model.predict(data.test).logits == trainer.predict(data.test).logits)
    #expect(result.evaluation?.top1 ?? 0 > 0.8)
  }
}
