import Foundation
import TandemData
import TandemTensor
import Testing

/// Tests with the original files, which are not part of the repository: in the folder that the
/// environment variable `TANDEM_DATA` names, else in `../shared/data` beside the package.
enum RealData {
  static let folder =
    ProcessInfo.processInfo.environment["TANDEM_DATA"]
    ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../shared/data").standardized.path

  static func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(folder)/\(name)")
  }
}

@Suite struct RealDataTests {
  /// Mean and deviation as everybody who trains on Fashion-MNIST uses them: 0.2860 and 0.3530.
  @Test(.enabled(if: RealData.has("fashion-mnist"), "fashion-mnist is not there; set TANDEM_DATA"))
  func readsFashionMNIST() throws {
    let data = try DatasetSource.load(RealData.folder + "/fashion-mnist")
    #expect(data.train.count == 60_000 && data.test.count == 10_000)
    #expect(data.train.imageShape == [1, 28, 28])
    #expect(data.train.classNames[9] == "Ankle boot")
    for (part, each) in [(data.train, 6000), (data.test, 1000)] {
      var counts = [Int](repeating: 0, count: 10)
      for label in labels(of: part) { counts[Int(label)] += 1 }
      #expect(counts == Array(repeating: each, count: 10))
    }
    #expect(labels(of: data.train.prefix(10)) == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5])
    let normalization = try Normalization.statistics(of: data.train)
    #expect(abs(normalization.mean[0] - 0.2860) < 5e-5)
    #expect(abs(normalization.standardDeviation[0] - 0.3530) < 5e-5)
  }

  /// The two of the five training files that are there; red, green and blue differ.
  @Test(
    .enabled(
      if: RealData.has("cifar-10-batches-bin"), "cifar-10-batches-bin is not there; set TANDEM_DATA"
    ))
  func readsCIFAR10() throws {
    let data = try DatasetSource.load(RealData.folder + "/cifar-10-batches-bin")
    #expect(data.train.count % 10_000 == 0 && data.train.count > 0 && data.test.count == 10_000)
    #expect(
      data.train.classNames == [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
      ])
    #expect(labels(of: data.train.prefix(10)) == [6, 9, 9, 4, 1, 1, 2, 7, 8, 3])
    var counts = [Int](repeating: 0, count: 10)
    for label in labels(of: data.test) { counts[Int(label)] += 1 }
    #expect(counts == Array(repeating: 1000, count: 10))
    // Published for all five files: 0.4914, 0.4822, 0.4465 and 0.2470, 0.2435, 0.2616.
    let normalization = try Normalization.statistics(of: data.train)
    for (found, published) in zip(normalization.mean, [0.4914, 0.4822, 0.4465] as [Float]) {
      #expect(abs(found - published) < 0.003)
    }
    for (found, published) in zip(
      normalization.standardDeviation, [0.2470, 0.2435, 0.2616] as [Float])
    {
      #expect(abs(found - published) < 0.003)
    }
  }
}
