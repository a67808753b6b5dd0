import Foundation
import Tandem
import TestSupport
import Testing

/// Files of `torch.save` through the built tool, written by PyTorch with
/// Tests/Fixtures/TandemTensor/torch_files.py.
@Suite(.serialized) struct PyTorchWeightsTests {
  private struct Golden: Decodable {
    let images: [Float]
    let logits: [Float]
  }

  private let folder: TemporaryFolder
  private let network = "--model mlp --input-size 1x2x2 --num-classes 3"

  init() throws {
    folder = try TemporaryFolder()
  }

  private func copy(_ name: String, as newName: String) throws {
    try folder.write(bytes(of: fixturePath("TandemTensor/torch/\(name)")), to: newName)
  }

  /// The file's name says nothing: what is in it counts.
  @Test(arguments: ["mlp.pth", "mlp_legacy.pth"]) func logitsArePyTorchs(name: String) throws {
    let golden = try JSONDecoder().decode(
      Golden.self,
      from: Data(contentsOf: URL(filePath: fixturePath("TandemTensor/torch/mlp.json"))))
    try copy(name, as: "weights.safetensors")
    try NumPyArray(Tensor(shape: [5, 1, 2, 2], elements: golden.images))
      .write(to: folder.path("images.npy"))
    let run = try ToolRun(
      "predict --weights weights.safetensors \(network) --input images.npy --output logits.npy",
      in: folder.url)
    run.expectSuccess()
    #expect(run.standardError.contains("begin with module., which is left out"))
    let logits = try NumPyArray(contentsOf: folder.path("logits.npy")).floatTensor()
    #expect(logits.shape == [5, 3])
    for (actual, expected) in zip(logits.elements, golden.logits) {
      #expect(abs(actual - expected) <= 1e-5)
    }
  }

  /// Training and evaluation take them as well, and say what does not fit.
  @Test func trainsAndEvaluates() throws {
    try copy("mlp.pth", as: "mlp.pth")
    let path = folder.path("mlp.pth")
    let data = "--data shapes:60,20"
    try folder.expectRefusal(
      of: "evaluate --weights \(path) --model mlp \(data)",
      naming: [path, "mis-shaped: dense1.weight [512, 4] instead of [512, 576]"])
    let run = try ToolRun(
      "train --model mlp \(data) --weights \(path) --weights-strict off --epochs 1 --output "
        + folder.path("run"))
    run.expectSuccess()
    #expect(run.standardError.contains("dense1.weight [512, 4] instead of [512, 576]"))
    try ToolRun("evaluate --weights \(folder.path("run")) \(data)").expectSuccess()
  }

  @Test func saysWhatItDoesNotRun() throws {
    try copy("module.pth", as: "module.pth")
    try folder.expectRefusal(
      of: "evaluate --weights \(folder.path("module.pth")) --model mlp --data shapes:60,20",
      naming: [
        "module.pth", "\"torch.nn.modules.linear.Linear\"", "which is not run", "state_dict",
      ])
  }
}
