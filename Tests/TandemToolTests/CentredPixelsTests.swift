import Foundation
import Tandem
import Testing

/// `Benchmarks/centred-pixels`, whose files one of the experiments needs.
@Suite struct CentredPixelsTests {
  private static let script = DocumentationTests.root.appending(path: "Benchmarks/centred-pixels")

  /// Runs the script in the folder, and then the tool.
  static func run(in folder: TemporaryFolder, then arguments: [String]) throws -> ToolRun {
    try ToolRun(
      arguments, shell: "'\(script.path)' cifar-10-batches-bin . && exec \"$@\"", in: folder.url)
  }

  @Test func subtractsTheMeanOfEachPixelOverTheTrainingImages() throws {
    let folder = try TemporaryFolder()
    let data = try CIFARFolder(in: folder, train: [7, 5], test: 3)
    try Self.run(in: folder, then: ["models"]).expectSuccess()
    let training = data.train.flatMap(CIFARFolder.images)
    let means = (0..<CIFARFolder.pixels).map { pixel in
      training.reduce(0.0) { $0 + Double($1[$1.startIndex + pixel]) } / Double(training.count)
    }
    for (part, images, labels) in [
      ("train", training, data.train.flatMap(CIFARFolder.labels)),
      ("test", CIFARFolder.images(data.test), CIFARFolder.labels(data.test)),
    ] {
      let written = try NumPyArray(contentsOf: folder.path("cifar-10-centred/x_\(part).npy"))
      #expect(written.shape == [images.count, 3, 32, 32])
      let expected = images.flatMap { image in zip(image, means).map { Float(Double($0) - $1) } }
      guard case .float32(let pixels) = written.storage else {
        Issue.record("not float32: \(written.storage)")
        continue
      }
      #expect(zip(pixels, expected).allSatisfy { abs($0 - $1) < 1e-4 })
      #expect(
        try NumPyArray(contentsOf: folder.path("cifar-10-centred/y_\(part).npy"))
          == NumPyArray(shape: [labels.count], storage: .uint8(labels)))
    }
  }

  /// The weights have the names and shapes of both networks, which is what the tool checks.
  @Test(arguments: ["cifar-relu", "cifar-tanh"])
  func weightsFit(model: String) throws {
    let folder = try TemporaryFolder()
    _ = try CIFARFolder(in: folder, train: [20], test: 10)
    let line =
      "train --model \(model) --data cifar-10-centred --normalize unit "
      + "--weights gaussian.safetensors --batch-size 10 --steps 1 --epochs 1"
    try Self.run(in: folder, then: line.split(separator: " ").map(String.init)).expectSuccess()
    let weights = try SafeTensorsFile.read(folder.path("gaussian.safetensors"))
    let conv3 = try #require(weights.tensors["conv3.weight"]).elements
    #expect(conv3.count == 64 * 32 * 5 * 5)
    let squares = conv3.reduce(0.0) { $0 + Double($1) * Double($1) }
    // The deviation of 51,200 draws from 0.01 has itself one of 0.3 %.
    #expect(abs((squares / Double(conv3.count)).squareRoot() - 0.01) < 2e-4)
    #expect(weights.tensors["conv3.bias"]?.elements.allSatisfy { $0 == 0 } == true)
  }
}
