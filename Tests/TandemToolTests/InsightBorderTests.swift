import Foundation
import TandemImage
import TandemTensor
import TandemTraining
import Testing

/// What every command that looks into networks makes of pictures, classes and layers at the border
/// of what makes sense.
@Suite(.serialized) struct InsightBorderTests {
  let folder: TemporaryFolder
  private let names: [String]
  private let tensors: [String: Tensor]

  init() throws {
    folder = try TemporaryFolder()
    try ToolRun(
      "train --model mnist-cnn --data shapes:200,50 --epochs 1 --opt adam --output run",
      in: folder.url
    ).expectSuccess()
    let file = try ModelFile(contentsOf: folder.path("run"))
    names = try #require(file.classNames)
    tensors = file.tensors
    for (name, value) in [("black", 0), ("grey", 128), ("white", 255)] as [(String, UInt8)] {
      let picture = Picture(width: 30, height: 30, filledWith: [value])
      try Data(PictureEncoder.png(picture)).write(to: URL(filePath: folder.path("\(name).png")))
    }
    var noise: [UInt8] = []
    for index in 0..<900 { noise.append(UInt8(index * (index + 255) * 31 / 7 % 256)) }
    let picture = Picture(width: 30, height: 30, channels: .grey, samples: noise)
    try Data(PictureEncoder.png(picture)).write(to: URL(filePath: folder.path("noise.png")))
  }

  private func run(_ line: String) throws -> ToolRun { try ToolRun(line, in: folder.url) }

  /// The same network with other weights.
  private func write(
    _ name: String, _ change: (inout [String: Tensor]) -> Void
  ) throws -> String {
    var changed = tensors
    change(&changed)
    try SafeTensorsFile(tensors: changed).write(to: folder.path("\(name).safetensors"))
    return "--weights \(name).safetensors --model mnist-cnn --input-size 1x24x24 "
      + "--num-classes \(names.count)"
  }

  private struct Explanation: Decodable {
    struct Class: Decodable {
      let largest: Double
      let isEmpty: Bool
    }

    let classes: [Class]
  }

  private struct Activations: Decodable {
    struct Layer: Decodable {
      let dead: [Int]
      let mean: Double
      let largest: Double
    }

    let layers: [Layer]
  }

  @Test(arguments: ["black", "grey", "white"]) func blankPictures(name: String) throws {
    let report = try run("explain \(name).png --weights run --output a.png --maps a.npy --json")
      .json(as: Explanation.self)
    #expect(report.classes.count == names.count)
    let maps = try NumPyArray(contentsOf: folder.path("a.npy")).floatTensor()
    #expect(maps.elements.allSatisfy { $0.isFinite && $0 >= 0 })
    let line = "activations --input \(name).png --weights run --layers conv1,relu1,pool1"
    let found = try run("\(line) --output b.png --json").json(as: Activations.self)
    #expect(found.layers.allSatisfy { $0.mean.isFinite && $0.largest.isFinite })
    for file in ["a.png", "b.png"] {
      let bytes = try Data(contentsOf: URL(filePath: folder.path(file)))
      #expect(try PictureDecoder.decode([UInt8](bytes)).width > 200)
    }
  }

  @Test(arguments: ["grad-cam", "occlusion", "saliency", "guided", "smooth-grad"])
  func classesThatNothingSpeaksFor(method: String) throws {
    let weights = try write("mute") { tensors in
      tensors["dense2.weight"] = tensors["dense2.weight"].map {
        Tensor(shape: $0.shape, elements: $0.elements.map { _ in 0 })
      }
    }
    let line = "explain noise.png \(weights) --method \(method) --output a.png --maps a.npy"
    let report = try run("\(line) --json").json(as: Explanation.self)
    #expect(report.classes.allSatisfy { $0.isEmpty && $0.largest == 0 })
    let maps = try NumPyArray(contentsOf: folder.path("a.npy")).floatTensor()
    #expect(maps.elements.allSatisfy { $0 == 0 })
    let told = try run(line)
    told.expectSuccess()
    #expect(told.standardOutput.contains("nothing speaks for it"))
  }

  @Test(arguments: [
    "explain noise.png --weights run --layer LAYER", "filters --weights run --layer LAYER",
    "activations --input noise.png --weights run --layers relu1,LAYER",
    "ascend --weights run --layer LAYER --steps 1",
    "embed --weights run --data shapes:20,20 --layer LAYER",
  ])
  func unknownLayers(line: String) throws {
    for (wrong, nearest) in [("conv3", "conv2"), ("Conv1", "conv1"), ("con2", "conv2")] {
      try run(line.replacing("LAYER", with: wrong) + " --output a.png").expectFailure(
        naming: wrong, nearest)
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("a.png")))
  }

  @Test(arguments: ["dense1", "dense2"]) func layersWithoutExtent(layer: String) throws {
    for line in [
      "explain noise.png --weights run --layer \(layer)",
      "activations --input noise.png --weights run --layers conv1,\(layer)",
      "filters --weights run --layer \(layer)",
    ] {
      try run("\(line) --output a.png").expectFailure(naming: layer, "mnist-cnn")
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("a.png")))
    // An output of a dense layer is something to look for, or to lay out.
    try run("ascend --weights run --layer \(layer) --filter 1 --steps 2 --output b.png")
      .expectSuccess()
    try run("embed --weights run --layer \(layer) --data shapes:20,20 --output c.png")
      .expectSuccess()
  }

  /// A ReLU works in the memory of the convolution before it, whose outputs are shown all the same.
  @Test func activationsInPlace() throws {
    func found(_ layers: String) throws -> [Activations.Layer] {
      try run(
        "activations --input noise.png --weights run --layers \(layers) --output a.png --json"
      )
      .json(as: Activations.self).layers
    }
    let both = try found("conv1,relu1")
    #expect(both[0].mean < both[1].mean && both[1].mean > 0)
    #expect(both[0].largest == both[1].largest && both[0].dead == both[1].dead)
    for (place, layer) in ["conv1", "relu1"].enumerated() {
      let alone = try found(layer)[0]
      #expect(alone.mean == both[place].mean && alone.largest == both[place].largest)
    }
    // Grad-CAM before the ReLU and behind it are of different maps.
    let maps = try ["conv2", "relu2"].map { layer in
      try run(
        "explain noise.png --weights run --layer \(layer) --top 1 --output a.png --maps a.npy"
      ).expectSuccess()
      return try NumPyArray(contentsOf: folder.path("a.npy")).floatTensor()
    }
    #expect(maps[0].shape == maps[1].shape && maps[0] != maps[1])
  }

  /// A filter whose bias is far below 0 answers nothing: there is no way up, and no endless one.
  @Test func filtersThatNeverAnswer() throws {
    let weights = try write("dead") { $0["conv1.bias"]?.elements[3] = -1000 }
    let told = try run(
      "ascend \(weights) --layer relu1 --filter 2..3 --steps 3 --output a.png --json")
    #expect(told.standardOutput.contains(#""isDead" : true"#), "\(told.standardOutput)")
    told.expectSuccess()
  }
}
