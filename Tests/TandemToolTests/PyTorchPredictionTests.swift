import Foundation
import Tandem
import Testing

/// Weights and images of another program through the built tool: the logits are PyTorch's. The
/// files come from Tests/Fixtures/pytorch/networks.py.
@Suite(.serialized) struct PyTorchPredictionTests {
  @Test(arguments: ["mlp", "simple-convnet", "lenet", "mnist-cnn", "cifar-quick"])
  func logitsArePyTorchs(model: String) throws {
    let folder = try TemporaryFolder()
    let fixture = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/pytorch/networks/\(model).safetensors").path
    let golden = try SafeTensorsFile.read(fixture).tensors
    let images = try #require(golden["images"])
    let expected = try #require(golden["logits"])

    let prefix = "parameters."
    let parameters = golden.filter { $0.key.hasPrefix(prefix) }
      .map { (String($0.key.dropFirst(prefix.count)), $0.value) }
    try writeSafeTensors(
      Dictionary(uniqueKeysWithValues: parameters), to: folder.path("weights.safetensors"))
    try NumPyArray(images).write(to: folder.path("images.npy"))
    let size = images.shape.dimensions.dropFirst().map(String.init).joined(separator: "x")
    try ToolRun(
      "predict --weights weights.safetensors --model \(model) --input-size \(size) "
        + "--input images.npy --output logits.npy", in: folder.url
    ).expectSuccess()

    let logits = try NumPyArray(contentsOf: folder.path("logits.npy")).floatTensor()
    #expect(logits.shape == expected.shape)
    let largest = expected.elements.map { abs($0) }.max() ?? 0
    for (actual, expected) in zip(logits.elements, expected.elements) {
      #expect(abs(actual - expected) <= 1e-5 * largest)
    }
  }
}
