import Foundation
import Tandem
import TandemNetwork
import TandemTensor
import TandemTraining
import Testing

/// `tandem features`, and training on what it writes.
@Suite(.serialized) struct FeaturesTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try ToolRun(
      "train --model mnist-cnn --data shapes:60,20 --epochs 1 --output \(folder.path("base"))"
    ).expectSuccess()
  }

  private struct Report: Decodable {
    let images: [String: Int]
    let shape: [Int]
  }

  private func features(_ options: String) throws -> Report {
    try ToolRun(
      "features --weights \(folder.path("base")) --data shapes:60,20 "
        + "--output \(folder.path("f.npz")) --json \(options)"
    ).json(as: Report.self)
  }

  private func arrays() throws -> [String: NumPyArray] {
    let archive = try NumPyArchiveReader(path: folder.path("f.npz"))
    return try Dictionary(
      uniqueKeysWithValues: archive.names.map { ($0, try archive.entry(named: $0).array()) })
  }

  /// The same network written down as far as the layer.
  private static let front = Network("front", input: [1, 24, 24]) {
    Conv2D(32, kernel: 3)
    ReLU()
    Conv2D(64, kernel: 3)
    ReLU()
    MaxPool2D(2)
  }

  /// Bit for bit what the engine computes for a network that ends there.
  @Test func areTheOutputsOfANetworkThatEndsThere() throws {
    let report = try features("--layer pool1")
    #expect(report.images == ["train": 60, "test": 20])
    #expect(report.shape == [64, 10, 10])
    let file = try ModelFile(contentsOf: folder.path("base"))
    let names = try Self.front.graph().parameterLayout.entries.map(\.name)
    try SafeTensorsFile(tensors: file.tensors.filter { names.contains($0.key) })
      .write(to: folder.path("front.safetensors"))
    let normalization = try #require(file.normalization)
    let predictor = try Predictor(
      network: Self.front, weights: ModelFile(contentsOf: folder.path("front.safetensors")),
      workers: 2)
    let arrays = try arrays()
    #expect(Set(arrays.keys) == ["x_train", "y_train", "x_test", "y_test", "channels_first"])
    let data = try DatasetSource.load("shapes:60,20")
    for (part, dataset) in [("train", data.train), ("test", data.test)] {
      let expected = try predictor.outputs(dataset, normalization: normalization)
      #expect(arrays["x_\(part)"] == NumPyArray(expected))
      #expect(
        arrays["y_\(part)"]
          == NumPyArray(
            shape: [dataset.count], storage: .int32((0..<dataset.count).map(dataset.label))))
    }
    // The comparison can fail.
    _ = try features("--layer relu2")
    #expect(try self.arrays()["x_train"]?.shape == [60, 64, 20, 20])
  }

  @Test func partsAndVectors() throws {
    let report = try features("--layer pool1 --part test --flatten")
    #expect(report.images == ["test": 20])
    #expect(report.shape == [6400])
    let arrays = try arrays()
    #expect(Set(arrays.keys) == ["x_test", "y_test"])
    #expect(arrays["x_test"]?.shape == [20, 6400])
    // A layer that puts out vectors has them anyway.
    _ = try features("--layer dense1")
    #expect(try self.arrays()["x_train"]?.shape == [60, 128])
    #expect(try self.arrays()["channels_first"] == nil)
  }

  /// Maps of four columns could be images with four channels.
  @Test(arguments: ["--layer pool1", "--layer pool1 --flatten", "--layer conv1", "--layer dense1"])
  func headsAreTrainedOnThem(options: String) throws {
    _ = try features(options)
    let run = try ToolRun(
      "train --model head-256 --data \(folder.path("f.npz")) --opt adam --epochs 12 --batch-size 20 "
        + "--output \(folder.path("head"))")
    run.expectSuccess()
    let history = try folder.text("head/history.csv").split(separator: "\n")
    #expect(history.count == 13)
    let shape = try ModelFile(contentsOf: folder.path("head")).network?.inputShape
    let expected: [String: Shape] = [
      "--layer pool1": [64, 10, 10], "--layer pool1 --flatten": [1, 1, 6400],
      "--layer conv1": [32, 22, 22], "--layer dense1": [1, 1, 128],
    ]
    #expect(shape == expected[options])
    // Three kinds of shapes, told apart on what the layers have learned in an epoch.
    let evaluation = try ToolRun(
      "evaluate --weights \(folder.path("head")) --data \(folder.path("f.npz")) --json")
    struct Evaluation: Decodable { let top1: Double }
    #expect(try evaluation.json(as: Evaluation.self).top1 > 0.4)
  }

  /// Convolutions take images of any size, dense layers do not.
  @Test func imagesMayHaveAnotherSize() throws {
    let pets = try PetFolder(in: folder)
    let line =
      "features --weights \(folder.path("base")) --data \(pets.path) --input-size 1x40x30 "
      + "--output \(folder.path("p.npz")) --layer "
    let run = try pets.run(line + "pool1")
    run.expectSuccess()
    #expect(run.standardOutput.contains("features [64, 18, 13] of 20 train and 8 test images"))
    try pets.run(line + "dense1").expectFailure(
      naming: "mis-shaped: dense1.weight [128, 6400] instead of [128, 14976]")
  }

  @Test func nonsenseIsRefused() throws {
    let start = "features --weights \(folder.path("base")) --data shapes:60,20 --output "
    try folder.expectRefusal(
      of: start + "\(folder.path("f.npz")) --layer pol1",
      naming: ["--layer pol1 matches nothing in the network mnist-cnn; did you mean pool1?"])
    try folder.expectRefusal(
      of: start + "\(folder.path("none/f.npz")) --layer pool1", naming: ["none/f.npz"])
    try folder.expectRefusal(
      of: start + "\(folder.path("f.npz")) --layer pool1 --part all", naming: ["--part"])
    try folder.expectRefusal(
      of: "features --model lenet --weights \(folder.path("base")) --data shapes:60,20 --output "
        + "\(folder.path("f.npz")) --layer pool1", naming: ["lenet", "mnist-cnn"])
  }
}
