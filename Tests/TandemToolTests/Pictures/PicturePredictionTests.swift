import Foundation
import Tandem
import Testing

@Suite(.serialized) struct PicturePredictionTests {
  let folder: TemporaryFolder
  let pets: PetFolder

  init() throws {
    folder = try TemporaryFolder()
    pets = try PetFolder(in: folder)
    try pets.run(
      "train --model mlp --data \(pets.path) --input-size 3x12x12 --opt adam --batch-size 8 --epochs 12 "
        + "--output \(folder.path("run"))"
    ).expectSuccess()
  }

  struct Report: Decodable {
    struct Picture: Decodable {
      struct Class: Decodable {
        let label: Int
        let name: String
        let probability: Double?
      }

      let picture: String
      let classes: [Class]
    }

    struct Failure: Decodable {
      let picture: String
      let problem: String
    }

    let model: String
    let pictures: [Picture]
    let failures: [Failure]
  }

  private func predict(_ line: String, input: String = "/dev/null") throws -> ToolRun {
    try pets.run("predict --weights \(folder.path("run")) \(line)", input: input)
  }

  @Test func filesFoldersPatternsAndStandardInput() throws {
    let report = try predict(
      "\(pets.path)/val/light/0.png \(pets.path)/val/dark \(pets.path)/val/l*/[13].jpg - --json",
      input: pets.path + "/val/light/2.png"
    ).json(as: Report.self)
    #expect(
      report.pictures.map { $0.picture.replacing(pets.path + "/val/", with: "") } == [
        "light/0.png", "dark/0.png", "dark/1.jpg", "dark/2.png", "dark/3.jpg", "light/1.jpg",
        "light/3.jpg", "-",
      ])
    #expect(
      report.pictures.map { $0.classes[0].name }
        == ["light", "dark", "dark", "dark", "dark", "light", "light", "light"])
    for picture in report.pictures {
      #expect(picture.classes.count == 2)
      let probabilities = picture.classes.compactMap(\.probability)
      #expect(abs(probabilities.reduce(0, +) - 1) < 1e-6)
      #expect(probabilities[0] > probabilities[1])
      #expect(picture.classes.map(\.label).sorted() == [0, 1])
    }
  }

  /// The numbers are those of the evaluation.
  @Test func outputsAreThoseOfTheSameImages() throws {
    let output = folder.path("out.npy")
    try predict("\(pets.path)/val --output \(output) --softmax").expectSuccess()
    let array = try NumPyArray(contentsOf: output).floatTensor()
    #expect(array.shape == [8, 2])
    let opened = try DatasetSource.open(pets.path, pictures: options)
    guard case .pictures(let parts) = opened else { throw CocoaError(.fileReadUnknown) }
    let model = try Model.load(folder.path("run"))
    let data = try parts.datasets(PictureRecipe(imageShape: [3, 12, 12]))
    let expected = try #require(try model.predict(data.test).probabilities())
    #expect(array.elements == expected.elements)
  }

  private var options: PictureOptions {
    var options = PictureOptions()
    options.cacheFolder = pets.cache
    return options
  }

  @Test func oneBrokenPictureIsToldAndTheOthersGoOn() throws {
    let broken = try folder.write(Array("no picture".utf8), to: "broken.jpg")
    let good = pets.path + "/val/light/0.png"
    let run = try predict("\(good) \(broken) \(folder.path("missing.jpg")) \(good) --csv --top 1")
    #expect(run.exitCode == 1)
    #expect(run.lines.first == "path,class,probability")
    #expect(run.lines.count == 3)
    #expect(run.lines[1].hasPrefix("\(good),light,"))
    #expect(run.errorLines.count == 3, "\(run.standardError)")
    #expect(run.standardError.contains("warning: \(broken): this is text"))
    #expect(run.standardError.contains("missing.jpg: no such file"))
    #expect(
      run.standardError.contains("tandem: error: 2 of 4 pictures could not be read"),
      "\(run.standardError)")
    let report = try JSONDecoder().decode(
      Report.self, from: Data(try predict("\(good) \(broken) --json").standardOutput.utf8))
    #expect(report.pictures.count == 1 && report.failures.count == 1)
    #expect(report.failures[0].picture == broken)
  }

  @Test func tablesNameTheLikeliestClasses() throws {
    let run = try predict("\(pets.path)/val/dark/0.png --top 2")
    run.expectSuccess()
    #expect(run.standardOutput.contains("0.png  dark "))
    #expect(run.standardOutput.contains(" %  light "))
  }

  @Test(arguments: [
    ("", "name pictures, or an array with --input"),
    ("x.jpg --input x.npy --output y.npy", "not both"),
    ("--input x.npy", "--input needs an --output file"),
    ("x.jpg --csv --json", "give one of --json and --csv"),
    ("x.jpg --normalize-floats", "--normalize-floats is about arrays"),
    ("--input x.npy --output y.npy --resize 256", "--resize is about pictures"),
    ("x.jpg --normalize zca", "measured on the training images"),
  ])
  func optionsThatMakeNoSense(line: String, expected: String) throws {
    let run = try predict(line)
    run.expectFailure(naming: expected)
    #expect(run.exitCode == 64)
  }

  @Test func nothingFoundIsAnError() throws {
    try predict("\(folder.path("none"))*.jpg").expectFailure(naming: "there are no pictures")
    try FileManager.default.createDirectory(
      atPath: folder.path("empty"), withIntermediateDirectories: true)
    try predict(folder.path("empty")).expectFailure(naming: "there are no pictures")
  }
}
