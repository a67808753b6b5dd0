import Foundation
import Tandem
import Testing

@Suite(.serialized) struct PredictTests {
  struct Report: Decodable {
    let images: Int
    let outputShape: [Int]
    let classes: [Int?]
    let classNames: [String]?
  }

  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func train(normalize: String = "statistics") throws {
    try ToolRun(
      "train --model lenet --data shapes:300,60 --epochs 2 --opt adam --normalize \(normalize) "
        + "--output \(folder.path("run"))"
    ).expectSuccess()
  }

  private func predict(_ array: NumPyArray, _ options: String = "") throws -> Tensor {
    let (input, output) = (folder.path("input.npy"), folder.path("output.npy"))
    try array.write(to: input)
    try ToolRun(
      "predict --weights \(folder.path("run")) --input \(input) --output \(output) \(options)"
    ).expectSuccess()
    return try NumPyArray(contentsOf: output).floatTensor()
  }

  /// The first test images of `shapes:300,60`, as bytes and as the network sees them.
  private func images(_ count: Int) throws -> (bytes: [UInt8], normalised: [Float]) {
    let data = try DatasetSource.load("shapes:300,60").test
    let normalization = try #require(
      try ModelFile(contentsOf: folder.path("run")).normalization)
    func copies(_ normalization: Normalization) throws -> [Float] {
      var pixels = [Float](repeating: 0, count: count * 576)
      try pixels.withUnsafeMutableBufferPointer { buffer in
        let base = try #require(buffer.baseAddress)
        for index in 0..<count {
          try data.copyImage(index, normalization: normalization, into: base + index * 576)
        }
      }
      return pixels
    }
    let bytes = try copies(.unitScale(channels: 1)).map { UInt8(($0 * 255).rounded()) }
    return (bytes, try copies(normalization))
  }

  /// The network by the slow way: the reference's own forward pass in double precision.
  private func expected(_ pixels: [Float], count: Int) throws -> [Float] {
    let file = try ModelFile(contentsOf: folder.path("run"))
    let network = try #require(file.network)
    return try Predictor(network: network, weights: file, workers: 1)
      .logits(Tensor(shape: [count, 1, 24, 24], elements: pixels)).elements
  }

  @Test func floatsAreTakenAsTheyAre() throws {
    try train()
    let (_, normalised) = try images(5)
    let logits = try predict(
      NumPyArray(Tensor(shape: [5, 1, 24, 24], elements: normalised)))
    #expect(logits.shape == [5, 3])
    #expect(logits.elements == (try expected(normalised, count: 5)))
  }

  @Test func bytesAreNormalisedAsInTraining() throws {
    try train()
    let (bytes, normalised) = try images(5)
    let logits = try predict(
      NumPyArray(shape: [5, 24, 24], storage: .uint8(bytes)))
    #expect(logits.elements == (try expected(normalised, count: 5)))
  }

  @Test func floatsAreNormalisedOnRequest() throws {
    try train()
    let (bytes, normalised) = try images(2)
    let logits = try predict(
      NumPyArray(Tensor(shape: [2, 24, 24, 1], elements: bytes.map { Float($0) / 255 })),
      "--normalize-floats")
    #expect(logits.elements == (try expected(normalised, count: 2)))
  }

  /// As for torchvision's weights: (x / 255 − mean) / deviation for each channel.
  @Test func foreignWeightsAreToldTheirNormalization() throws {
    let weights = folder.path("bare.safetensors")
    _ = try CIFARFolder(in: folder)
    let run = folder.path("run")
    try ToolRun(
      "train --model cifar-quick --data \(folder.path("cifar-10-batches-bin")) --epochs 1 "
        + "--output \(run)"
    ).expectSuccess()
    try writeSafeTensors(ModelFile(contentsOf: run).tensors, to: weights)
    let bytes = (0..<3072).map { UInt8(truncatingIfNeeded: $0 * 37) }
    let (mean, deviation): ([Float], [Float]) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    let floats = bytes.enumerated().map { index, byte in
      (Float(byte) / 255 - mean[index / 1024]) / deviation[index / 1024]
    }
    func outputs(_ array: NumPyArray, _ options: String) throws -> [Float] {
      let (input, output) = (folder.path("input.npy"), folder.path("output.npy"))
      try array.write(to: input)
      try ToolRun(
        "predict --model cifar-quick --weights \(weights) --input \(input) --output \(output) "
          + options
      ).expectSuccess()
      return try NumPyArray(contentsOf: output).floatTensor().elements
    }
    let own = try outputs(
      NumPyArray(shape: [3, 32, 32], storage: .uint8(bytes)), "--normalize imagenet")
    let expected = try outputs(
      NumPyArray(Tensor(shape: [3, 32, 32], elements: floats)), "")
    let unit = try outputs(NumPyArray(shape: [3, 32, 32], storage: .uint8(bytes)), "")
    #expect(zip(own, expected).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(zip(own, unit).contains { abs($0 - $1) > 1e-3 })
  }

  @Test func oneImageNeedsNoBatchAxis() throws {
    try train()
    let (bytes, normalised) = try images(1)
    for shape in [[24, 24], [1, 24, 24], [24, 24, 1], [1, 1, 24, 24]] {
      let logits = try predict(NumPyArray(shape: Shape(shape), storage: .uint8(bytes)))
      #expect(logits.shape == [1, 3])
      #expect(logits.elements == (try expected(normalised, count: 1)))
    }
  }

  @Test func softmaxGivesProbabilities() throws {
    try train()
    let (bytes, _) = try images(4)
    let array = NumPyArray(shape: [4, 24, 24], storage: .uint8(bytes))
    let logits = try predict(array)
    let probabilities = try predict(array, "--softmax")
    for image in 0..<4 {
      let row = logits.elements[image * 3..<image * 3 + 3].map { exp(Double($0)) }
      for index in 0..<3 {
        let expected = row[index] / row.reduce(0, +)
        #expect(abs(Double(probabilities.elements[image * 3 + index]) - expected) < 1e-6)
      }
    }
  }

  @Test func channelsMayComeLast() throws {
    // Two channels that differ, so that a wrong order shows.
    let data = folder.path("two.npz")
    let pixels = (0..<20 * 2 * 64).map { UInt8(truncatingIfNeeded: $0 &* 31 % 251) }
    let labels = (0..<20).map { UInt8($0 % 2) }
    let images = NumPyArray(shape: [20, 2, 8, 8], storage: .uint8(pixels))
    let classes = NumPyArray(shape: [20], storage: .uint8(labels))
    try NumPyArchive.write(
      [("x_train", images), ("y_train", classes), ("x_test", images), ("y_test", classes)],
      to: data)
    try ToolRun("train --model mlp --data \(data) --epochs 1 --output \(folder.path("run"))")
      .expectSuccess()
    let first = Array(pixels.prefix(128))
    let last = (0..<64).flatMap { [first[$0], first[64 + $0]] }
    let expected = try predict(NumPyArray(shape: [2, 8, 8], storage: .uint8(first)))
    #expect(try predict(NumPyArray(shape: [8, 8, 2], storage: .uint8(last))) == expected)
    #expect(try predict(NumPyArray(shape: [1, 8, 8, 2], storage: .uint8(last))) == expected)
  }

  @Test func jsonNamesTheMostLikelyClasses() throws {
    try train()
    let (bytes, _) = try images(6)
    let array = NumPyArray(shape: [6, 24, 24], storage: .uint8(bytes))
    let logits = try predict(array)
    let report = try ToolRun(
      "predict --weights \(folder.path("run")) --input \(folder.path("input.npy")) "
        + "--output \(folder.path("output.npy")) --json"
    ).json(as: Report.self)
    #expect(report.images == 6)
    #expect(report.outputShape == [6, 3])
    #expect(report.classNames == ["circle", "rectangle", "triangle"])
    for (image, found) in report.classes.enumerated() {
      let row = Array(logits.elements[image * 3..<image * 3 + 3])
      #expect(found == row.firstIndex(of: row.max() ?? 0))
    }
  }

  @Test func arrayThatDoesNotFitNamesBothShapes() throws {
    try train()
    let input = folder.path("input.npy")
    try NumPyArray(shape: [3, 20, 24], storage: .uint8(Array(repeating: 0, count: 1440)))
      .write(to: input)
    try folder.write([1, 2, 3], to: "output.npy")
    try ToolRun(
      "predict --weights \(folder.path("run")) --input \(input) --output \(folder.path("output.npy"))"
    ).expectFailure(naming: "input.npy", "[3, 20, 24]", "[N, 1, 24, 24]")
    #expect(FileManager.default.contents(atPath: folder.path("output.npy")) == Data([1, 2, 3]))
  }

  /// A file of version 1 with elements as only NumPy writes them.
  private func write(
    _ type: String, _ elements: [UInt8], shape: String, to name: String
  ) throws -> String {
    let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }"
    return try folder.write(
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
        + elements, to: name)
  }

  /// The same pixels in other types give the same logits.
  @Test func pixelsMayHaveOtherTypes() throws {
    try train()
    let dark = try images(2).bytes.map { $0 / 2 }
    let halves = dark.map { $0 < 64 ? UInt8(0) : 255 }
    let (output, weights) = (folder.path("output.npy"), folder.path("run"))
    for (type, elements, bytes) in [
      ("<u1", dark, dark), ("|i1", dark, dark),
      // 257 is 65,535 / 255.
      ("<u2", dark.flatMap { [$0, $0] }, dark), (">u2", dark.flatMap { [$0, $0] }, dark),
      ("|b1", halves.map { $0 / 255 }, halves),
    ] {
      let input = try write(type, elements, shape: "(2, 24, 24)", to: "other.npy")
      try ToolRun("predict --weights \(weights) --input \(input) --output \(output)")
        .expectSuccess()
      let logits = try NumPyArray(contentsOf: output)
      let expected = try predict(NumPyArray(shape: [2, 24, 24], storage: .uint8(bytes)))
      #expect(logits.floatTensor() == expected, "\(type)")
    }
    // 0.5 and -2 in float16, as they are.
    let input = try write(
      "<f2", (0..<576).flatMap { $0 % 2 == 0 ? [0, 0x38] : [0, 0xC0] }, shape: "(24, 24)",
      to: "half.npy")
    try ToolRun("predict --weights \(weights) --input \(input) --output \(output)")
      .expectSuccess()
    let logits = try NumPyArray(contentsOf: output).floatTensor()
    let floats = (0..<576).map { $0 % 2 == 0 ? 0.5 as Float : -2 }
    #expect(logits == (try predict(NumPyArray(shape: [24, 24], storage: .float32(floats)))))
  }

  @Test func pixelsBelowZeroAreRefused() throws {
    try train()
    let input = try write(
      "|i1", (0..<576).map { $0 == 5 ? 0xFF : 1 }, shape: "(24, 24)", to: "signed.npy")
    try ToolRun(
      "predict --weights \(folder.path("run")) --input \(input) --output \(folder.path("o.npy"))"
    ).expectFailure(naming: "signed.npy", "element 5", "-1", "int8")
    #expect(!FileManager.default.fileExists(atPath: folder.path("o.npy")))
  }

  @Test func emptyAndIntegerArraysAreRefused() throws {
    try train()
    let input = folder.path("input.npy")
    let command =
      "predict --weights \(folder.path("run")) --input \(input) --output \(folder.path("o.npy"))"
    try NumPyArray(shape: [0, 24, 24], storage: .uint8([])).write(to: input)
    try ToolRun(command).expectFailure(naming: "input.npy", "no images")
    try NumPyArray(shape: [24, 24], storage: .int64(Array(repeating: 0, count: 576)))
      .write(to: input)
    try ToolRun(command).expectFailure(naming: "input.npy", "int64", "uint8")
    #expect(!FileManager.default.fileExists(atPath: folder.path("o.npy")))
  }
}
