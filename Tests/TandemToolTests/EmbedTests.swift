import Foundation
import TandemImage
import Testing

/// `embed`: where a layer puts images of classes, in a plane.
@Suite(.serialized) struct EmbedTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try run("train --model mnist-cnn --data shapes:600,90 --epochs 3 --opt adam --output run")
      .expectSuccess()
  }

  private func run(_ line: String) throws -> ToolRun { try ToolRun(line, in: folder.url) }

  private struct Plane: Decodable {
    let classes: [String]
    let labels: [Int]
    let scores: [[Double]]
    let shares: [Double]
    let shape: [Int]
  }

  private func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(filePath: folder.path(name)))
  }

  @Test func classesLieApart() throws {
    let line = "embed --weights run --layer dense1 --data shapes:600,90 --json --output"
    let plane = try run("\(line) a.png").json(as: Plane.self)
    #expect(plane.scores.count == 90 && plane.labels.count == 90 && plane.shape == [128])
    #expect(plane.classes == ["circle", "rectangle", "triangle"])
    #expect(plane.shares[0] >= plane.shares[1] && plane.shares.reduce(0, +) <= 1)
    // Points of a class are nearer to its middle than to that of another, most of them.
    let middles = plane.classes.indices.map { label -> [Double] in
      let own = zip(plane.scores, plane.labels).filter { $0.1 == label }.map(\.0)
      return [0, 1].map { axis in own.map { $0[axis] }.reduce(0, +) / Double(own.count) }
    }
    let nearest = plane.scores.map { point in
      middles.indices.min {
        hypot(point[0] - middles[$0][0], point[1] - middles[$0][1])
          < hypot(point[0] - middles[$1][0], point[1] - middles[$1][1])
      }
    }
    #expect(zip(nearest, plane.labels).count { $0 == $1 } > 50)
    // The same again, by any number of workers.
    _ = try run("\(line) b.png --workers 1").json(as: Plane.self)
    #expect(try bytes("a.png") == bytes("b.png"))
    let picture = try PictureDecoder.decode([UInt8](bytes("a.png")))
    #expect(picture.width > picture.height)
  }

  @Test func partsAndNumbersCanBeChosen() throws {
    let line = "embed --weights run --layer pool1 --data shapes:600,90 --json --output"
    #expect(
      try run("\(line) c.svg --part train --count 40").json(as: Plane.self).scores.count == 40)
    #expect(String(decoding: try bytes("c.svg"), as: UTF8.self).contains("</svg>"))
    #expect(
      try run("\(line) d.png --limit-test 20").json(as: Plane.self).scores.count == 20)
  }

  @Test func whatCannotBeEmbeddedIsNamed() throws {
    let line = "embed --weights run --data shapes:600,90 --output a.png"
    try run("\(line) --layer dens1").expectFailure(naming: "dens1", "dense1")
    try run("\(line) --layer dense1 --count 1").expectFailure(naming: "--count", "2")
    try run("\(line) --layer dense1 --limit-test 1").expectFailure(naming: "shapes")
    try run("embed --weights run --layer dense1 --data shapes --output a.gif").expectFailure(
      naming: "--output")
    #expect(!FileManager.default.fileExists(atPath: folder.path("a.png")))
  }
}
