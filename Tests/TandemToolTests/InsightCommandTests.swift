import Foundation
import Tandem
import TandemImage
import TandemTensor
import TandemTraining
import Testing

/// `explain`, `activations`, `filters`, `ascend` and `plot` on a small trained network.
@Suite(.serialized) struct InsightCommandTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try ToolRun(
      "train --model mnist-cnn --data shapes:200,50 --epochs 2 --opt adam --output run",
      in: folder.url
    ).expectSuccess()
    // The first of the generated pictures.
    try write(
      Picture(width: 24, height: 24, channels: .grey, samples: Array(ShapesGenerator().image(0))),
      "shape.png")
    try write(Picture(width: 40, height: 40, filledWith: [128]), "blank.png")
  }

  private func write(_ picture: Picture, _ name: String) throws {
    try Data(PictureEncoder.png(picture)).write(to: URL(filePath: folder.path(name)))
  }

  private func run(_ line: String) throws -> ToolRun { try ToolRun(line, in: folder.url) }

  private func picture(_ name: String) throws -> Picture {
    try PictureDecoder.decode([UInt8](Data(contentsOf: URL(filePath: folder.path(name)))))
  }

  private func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(filePath: folder.path(name)))
  }

  private struct Explanation: Decodable {
    struct Class: Decodable {
      let label: Int
      let name: String
      let probability: Double
      let largest: Double
      let isEmpty: Bool
    }

    let method: String
    let layer: String?
    let classes: [Class]
  }

  @Test func classesAreExplained() throws {
    let line = "explain shape.png --weights run --json --output"
    let report = try run("\(line) a.png --maps a.npy").json(as: Explanation.self)
    #expect(report.layer == "relu2" && report.method == "grad-cam")
    #expect(report.classes.count == 3)
    #expect(
      zip(report.classes, report.classes.dropFirst()).allSatisfy {
        $0.probability >= $1.probability
      })
    let maps = try NumPyArray(contentsOf: folder.path("a.npy")).floatTensor()
    #expect(maps.shape == [3, 20, 20])
    for (index, found) in report.classes.enumerated() {
      let values = maps.elements[index * 400..<(index + 1) * 400]
      #expect(values.allSatisfy { $0.isFinite && $0 >= 0 })
      #expect(abs(Double(values.max() ?? 0) - found.largest) < 1e-6 * max(1, found.largest))
    }
    #expect(try picture("a.png").size.width > 4 * 216)
    // The same again, bit for bit, by any number of workers.
    _ = try run("\(line) b.png --maps b.npy --workers 1").json(as: Explanation.self)
    #expect(try bytes("a.npy") == bytes("b.npy") && bytes("a.png") == bytes("b.png"))
  }

  @Test(arguments: ["occlusion", "saliency", "guided", "smooth-grad"])
  func otherMethodsHaveMapsOfTheImagesSize(method: String) throws {
    let names = try #require(try ModelFile(contentsOf: folder.path("run")).classNames)
    let report = try run(
      "explain shape.png --weights run --method \(method) --class \(names[1]) --class 0 "
        + "--output a.svg --maps a.npy --json"
    ).json(as: Explanation.self)
    #expect(report.layer == nil && report.classes.map(\.label) == [1, 0])
    #expect(report.classes[0].name == names[1])
    let maps = try NumPyArray(contentsOf: folder.path("a.npy")).floatTensor()
    #expect(maps.shape == [2, 24, 24] && maps.elements.allSatisfy { $0.isFinite && $0 >= 0 })
    #expect(String(decoding: try bytes("a.svg"), as: UTF8.self).contains("</svg>"))
    try run(
      "explain blank.png --weights run --method \(method) --output blank.png.svg --maps c.npy"
    ).expectSuccess()
    let blank = try NumPyArray(contentsOf: folder.path("c.npy")).floatTensor()
    #expect(blank.elements.allSatisfy { $0.isFinite })
    if method == "occlusion" { #expect(blank.elements.allSatisfy { $0 == 0 }) }
  }

  @Test func whatCannotBeExplainedIsNamed() throws {
    let line = "explain shape.png --weights run --output a.png"
    try run("\(line) --layer dense1").expectFailure(naming: "dense1", "[N, 128]", "relu2")
    try run("\(line) --layer cnv2").expectFailure(naming: "cnv2", "conv2")
    try run("\(line) --class tringle").expectFailure(naming: "tringle", "triangle")
    try run("\(line) --class 11").expectFailure(naming: "11")
    try run("\(line) --method occlusion --layer conv1").expectFailure(naming: "--layer")
    try run("explain shape.png --weights run --output a.gif").expectFailure(
      naming: "--output", ".svg")
    try run("explain missing.png --weights run --output a.png").expectFailure(
      naming: "missing.png")
    try Data("no picture".utf8).write(to: URL(filePath: folder.path("text.jpg")))
    try run("explain text.jpg --weights run --output a.png").expectFailure(naming: "text.jpg")
    #expect(!FileManager.default.fileExists(atPath: folder.path("a.png")))
    try run("train --model mlp --data shapes:60,20 --epochs 1 --output flat").expectSuccess()
    try run("explain shape.png --weights flat --output a.png").expectFailure(
      naming: "mlp", "convolution")
  }

  private struct Activations: Decodable {
    struct Layer: Decodable {
      let layer: String
      let shape: [Int]
      let dead: [Int]
      let largest: Double
    }

    let layers: [Layer]
  }

  /// A channel whose bias is far below 0 is dead.
  @Test func deadChannelsAreCounted() throws {
    let file = try ModelFile(contentsOf: folder.path("run"))
    var tensors = file.tensors
    try SafeTensorsFile(tensors: tensors).write(to: folder.path("alive.safetensors"))
    for channel in [3, 17] { tensors["conv1.bias"]?.elements[channel] = -1000 }
    try SafeTensorsFile(tensors: tensors).write(to: folder.path("dead.safetensors"))
    let classes = try #require(file.classNames).count
    let line =
      "activations --input shape.png --layers relu1,pool1 --json --output a.png --model mnist-cnn "
      + "--input-size 1x24x24 --num-classes \(classes) --weights"
    let before = try run("\(line) alive.safetensors").json(as: Activations.self)
    let after = try run("\(line) dead.safetensors").json(as: Activations.self)
    #expect(before.layers.map(\.shape) == [[32, 22, 22], [64, 10, 10]])
    #expect(before.layers[0].dead.count < 30)
    #expect(Set(after.layers[0].dead) == Set(before.layers[0].dead).union([3, 17]))
    #expect(after.layers[0].largest > 0)
    try run("activations --input shape.png --layers dense1 --weights run --output b.png")
      .expectFailure(naming: "dense1", "nothing has a place")
    try run("activations --input shape.png --layers rlu1 --weights run --output b.png")
      .expectFailure(naming: "rlu1", "relu1")
  }

  /// The random ones are those of the training: what a run of no use leaves is the same twice.
  @Test func filtersAreRandomAndTrained() throws {
    try run(
      "train --model mnist-cnn --data shapes:60,20 --steps 1 --lr 1e-12 --seed 4 --output still"
    ).expectSuccess()
    try run("filters --weights still --seed 4 --output same.png").expectSuccess()
    let same = try picture("same.png")
    func panel(_ picture: Picture, _ left: Int) -> [UInt8] {
      (42..<220).flatMap { y in (left..<left + 420).flatMap { picture[x: $0, y: y] } }
    }
    // Two panels of eight tiles of 48 pixels, 6 apart.
    let second = 16 + 8 * 54 - 6 + 16
    #expect(same.width == 2 * (8 * 54 - 6) + 3 * 16)
    #expect(panel(same, 16) == panel(same, second))
    try run("filters --weights run --seed 4 --output other.png").expectSuccess()
    let other = try picture("other.png")
    #expect(panel(other, 16) == panel(same, 16))
    #expect(panel(other, second) != panel(other, 16))
    try run("filters --weights run --layer dense1 --output x.png").expectFailure(
      naming: "dense1", "conv1")
    try run("filters --weights run --layer conv2 --input-channel 40 --output x.png")
      .expectFailure(naming: "--input-channel", "0 to 31")
    try run("filters --weights run --layer conv2 --input-channel 31 --output x.png")
      .expectSuccess()
  }

  private struct Ascent: Decodable {
    struct Filter: Decodable {
      let filter: Int
      let before: Double
      let after: Double
      let isDead: Bool
    }

    let size: Int
    let filters: [Filter]
  }

  @Test func filtersAnswerMoreAfterTheAscent() throws {
    let line = "ascend --weights run --layer conv2 --filter 0..2,7 --steps 12 --json --output"
    let report = try run("\(line) a.png").json(as: Ascent.self)
    #expect(report.size == 24 && report.filters.map(\.filter) == [0, 1, 2, 7])
    for filter in report.filters {
      #expect(filter.after > filter.before, "\(filter)")
      #expect(!filter.isDead)
    }
    _ = try run("\(line) b.png --workers 1").json(as: Ascent.self)
    #expect(try bytes("a.png") == bytes("b.png"))
    let output = try run(
      "ascend --weights run --layer dense2 --filter 1 --steps 12 --json --output c.png"
    ).json(as: Ascent.self)
    #expect(output.filters[0].after > output.filters[0].before)
    try run("ascend --weights run --layer conv2 --filter 64 --output d.png").expectFailure(
      naming: "64", "0 to 63")
    try run("ascend --weights run --layer conv2 --filter 5..2 --output d.png").expectFailure(
      naming: "--filter")
  }

  private struct Plot: Decodable {
    struct Run: Decodable {
      let folder: String
      let epochs: Int
      let bestEpoch: Int?
    }

    let runs: [Run]
  }

  @Test func runsArePlotted() throws {
    try run("train --model mlp --data shapes:60,20 --epochs 3 --output second").expectSuccess()
    let report = try run("plot run second --output a.png --json").json(as: Plot.self)
    #expect(report.runs.map(\.epochs) == [2, 3])
    #expect(report.runs.allSatisfy { $0.bestEpoch != nil })
    let all = try picture("a.png").size
    try run("plot second --quantity loss --axis step --output b.png").expectSuccess()
    let one = try picture("b.png").size
    #expect(one.width < all.width && one.height < all.height)
    try run("plot second --output c.svg").expectSuccess()
    // What another version has written, as far as it can be understood.
    try FileManager.default.createDirectory(
      atPath: folder.path("old"), withIntermediateDirectories: true)
    try Data(#"{"epochs": [{"epoch": 1, "trainLoss": 2}, {"epoch": 2, "trainLoss": 1.5}]}"#.utf8)
      .write(to: URL(filePath: folder.path("old/history.json")))
    try run("plot old --output d.png").expectSuccess()
    try run("plot old missing --output e.png").expectFailure(naming: "missing", "history.json")
    try Data(#"{"epochs": [{"#.utf8).write(to: URL(filePath: folder.path("old/history.json")))
    try run("plot old --output e.png").expectFailure(naming: "old/history.json")
    #expect(!FileManager.default.fileExists(atPath: folder.path("e.png")))
  }
}
