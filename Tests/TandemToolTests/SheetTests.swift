import Foundation
import Tandem
import TandemImage
import Testing

/// Sheets of pictures that `augment` and `show-batch` write.
@Suite(.serialized) struct SheetTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func picture(_ name: String) throws -> Picture {
    try PictureDecoder.decode([UInt8](Data(contentsOf: URL(filePath: folder.path(name)))))
  }

  private func run(_ line: String) throws -> ToolRun {
    try ToolRun(line, in: folder.url)
  }

  private let batch = "show-batch --data shapes:30,10 --count 4 --columns 2"

  /// 24 × 24 pixels four times as large, two in a row, each with its label; the first is the first
  /// of the training's order.
  @Test func batchesAreThoseOfTheTraining() throws {
    try run("\(batch) --seed 3 --output sheet.png").expectSuccess()
    let sheet = try picture("sheet.png")
    #expect(sheet.size == PictureSize(width: 2 * 102 + 6, height: 2 * 112 + 6))
    let dataset = ShapesGenerator().dataset(0..<30)
    let first = Int(Sampler(count: 30, seed: 3).order(epoch: 0)[0])
    let image = ShapesGenerator().image(first)
    for row in 0..<24 {
      for column in 0..<24 {
        let expected = Int(image[24 * row + column])
        for place in [0, 3] {
          let found = sheet[x: 6 + 4 * column + place, y: 6 + 4 * row + place]
          #expect(found.allSatisfy { abs(Int($0) - expected) <= 1 })
        }
      }
    }
    // The label is dark on white, and as long as its word.
    let word = dataset.classNames[Int(dataset.label(first))]
    let dark = (0..<96).filter { x in
      (104..<111).contains { sheet[x: 6 + x, y: $0] == [40, 40, 40] }
    }
    let last = try #require(dark.last)
    #expect((6 * word.count - 4...6 * word.count).contains(last), "\(word) \(last)")
  }

  @Test func sheetsAreTheSameForTheSameSeed() throws {
    for (name, more) in [
      ("a", "--augment shapes"), ("b", "--augment shapes"), ("c", "--augment shapes --seed 1"),
      ("d", "--augment shapes --epoch 2"), ("e", ""),
    ] {
      try run("\(batch) \(more) --output \(name).png").expectSuccess()
    }
    let sheets = try ["a", "c", "d", "e"].map { try picture("\($0).png") }
    #expect(try picture("b.png") == sheets[0])
    #expect(Set(sheets).count == 4)
  }

  @Test func onePictureInManyForms() throws {
    let source = Picture(width: 120, height: 90, filledWith: [200, 40, 90])
    try Data(PictureEncoder.jpeg(source)).write(to: URL(filePath: folder.path("a.jpg")))
    let line = "augment --input a.jpg --color-jitter 0.5,0.5,0.5,0.1 --count 3 --output"
    try run("\(line) sheet.png").expectSuccess()
    let sheet = try picture("sheet.png")
    #expect(sheet.size == PictureSize(width: 2 * 126 + 6, height: 2 * 106 + 6))
    let colours = Set([(60, 50), (186, 50), (60, 156)].map { sheet[x: $0.0, y: $0.1] })
    #expect(colours.count == 3)
    // The fourth place is empty.
    #expect(sheet[x: 186, y: 156] == [255, 255, 255])
    try run("\(line) sheet.jpg --input-size 32x48").expectSuccess()
    #expect(try picture("sheet.jpg").size == PictureSize(width: 2 * 102 + 6, height: 2 * 80 + 6))
    let header = try PictureDecoder.header(
      of: [UInt8](Data(contentsOf: URL(filePath: folder.path("sheet.jpg")))))
    #expect(header.format == .jpeg)
  }

  @Test func whatIsNoPictureIsNamed() throws {
    try Data("no picture".utf8).write(to: URL(filePath: folder.path("text.jpg")))
    try run("augment --input text.jpg --output s.png").expectFailure(naming: "text.jpg")
    try run("augment --input missing.png --output s.png").expectFailure(naming: "missing.png")
    try run("augment --input text.jpg --augment nothing --output s.png")
      .expectFailure(naming: "--augment")
    #expect(!FileManager.default.fileExists(atPath: folder.path("s.png")))
  }

  /// All letters differ, and lie within their dots.
  @Test func lettersCanBeTold() throws {
    let letters = (32..<128).compactMap { Unicode.Scalar($0).map { String(Character($0)) } }
    let blank = Picture(width: 8, height: 8, filledWith: [0])
    let drawn = letters.map { ContactSheet([(blank, $0)]).drawn() }
    #expect(Set(drawn).count == 96)
  }
}
