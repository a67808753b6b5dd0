import Foundation
import Tandem
import Testing

/// What is said of the data before a training begins: that none was named, and which classes the
/// images do not show.
@Suite(.serialized) struct DataOptionTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private let noData = "tandem: no --data given: training on the built-in shapes"

  @Test func theFirstLineSaysThatNoDataAreNamed() throws {
    let run = try ToolRun("train --model mlp --batch-size 1000 --steps 1 --no-output")
    run.expectSuccess()
    #expect(run.errorLines.first.map(String.init) == noData)
    let named = try ToolRun(
      "train --model mlp --batch-size 1000 --steps 1 --no-output --data shapes")
    named.expectSuccess()
    #expect(!named.standardError.contains("no --data given"))
    #expect(named.lines.first == run.lines.first)
  }

  /// What is kept is kept of somebody's own data.
  @Test(arguments: [("--output run", "--no-output"), ("--resume run", "--resume"), ("", "kept")])
  func whatIsKeptNeedsNamedData(options: String, part: String) throws {
    let path = folder.path("run")
    let run = try ToolRun("train --model mlp --steps 1 \(options)", in: folder.url)
    run.expectFailure(naming: part, "--data")
    #expect(run.exitCode == 64 && run.errorLines.count == 1)
    #expect(!FileManager.default.fileExists(atPath: path))
    let both = try ToolRun("train --model mlp --steps 1 --output \(path) --resume \(path)")
    both.expectFailure(naming: "--resume", "--data")
  }

  @Test func evaluateSaysSoToo() throws {
    let path = folder.path("run")
    try ToolRun("train --model mlp --data shapes:60,20 --epochs 1 --output \(path)")
      .expectSuccess()
    let run = try ToolRun("evaluate --weights \(path) --json")
    run.expectSuccess()
    #expect(
      run.errorLines.first == "tandem: no --data given: measuring on the built-in shapes")
    #expect(
      try !ToolRun("evaluate --weights \(path) --data shapes").standardError.contains("--data"))
  }

  /// The warning of `train` about classes; nil if there is none.
  private func warning(_ data: String) throws -> String? {
    let run = try ToolRun("train --model mlp --data \(data) --steps 1")
    run.expectSuccess()
    let warnings = run.errorLines.filter { $0.hasPrefix("tandem: warning: ") }
    #expect(warnings.count <= 1, "\(run.standardError)")
    return warnings.first.map { String($0.dropFirst("tandem: warning: ".count)) }
  }

  private func arrays(_ labels: [UInt8], _ name: String) throws -> String {
    let images = NumPyArray(
      shape: [labels.count, 4, 4],
      storage: .uint8(labels.flatMap { [UInt8](repeating: $0, count: 16) }))
    let classes = NumPyArray(shape: [labels.count], storage: .uint8(labels))
    let path = folder.path(name)
    try NumPyArchive.write(
      [("x_train", images), ("y_train", classes), ("x_test", images), ("y_test", classes)], to: path
    )
    return path
  }

  @Test func labelsThatBeginAtOne() throws {
    let data = try arrays((0..<40).map { UInt8($0 % 10 + 1) }, "from-one.npz")
    #expect(
      try warning(data)
        == "none of the 40 training images shows class 0; if labels begin at 1, subtract 1 from all, or "
        + "the network has one output too many")
    #expect(try warning(arrays((0..<40).map { UInt8($0 % 10) }, "from-zero.npz")) == nil)
  }

  @Test func classesThatAreMissing() throws {
    #expect(
      try warning(arrays((0..<40).map { [0, 2, 4, 7][$0 % 4] }, "gaps.npz"))
        == "none of the 40 training images shows the classes 1, 3, 5 and 6 (of 8); the network cannot "
        + "learn what it does not see")
    #expect(
      try warning("shapes:2,10")
        == "none of the 2 training images shows class 2 (triangle); the network cannot learn what it "
        + "does not see")
  }

  @Test func everyKindOfDataSet() throws {
    let grey = try IDXFolder(in: folder)
    #expect(try warning(grey.path) == nil)
    #expect(
      try warning("\(grey.path) --limit-train 2")
        == "none of the 2 training images shows the classes 2, 3, 4, 5, 6 and 3 more (of 10); the "
        + "network cannot learn what it does not see")
    _ = try CIFARFolder(in: folder, train: [9], test: 10)
    #expect(
      try warning(folder.path("cifar-10-batches-bin"))
        == "none of the 9 training images shows class 9 (truck); the network cannot learn what it does "
        + "not see")
  }

  /// More classes than ten, with names from a file beside, through training and evaluation.
  @Test func trainsOnEMNISTsFiles() throws {
    for (part, count) in [("train", 94), ("test", 47)] {
      let labels = (0..<count).map { UInt8($0 % 47) }
      let pixels = labels.flatMap { [UInt8](repeating: $0 * 5, count: 64) }
      let start = "emnist/emnist-balanced-\(part)"
      try folder.write(
        IDXFolder.header(0x0803, [count, 8, 8]) + pixels, to: "\(start)-images-idx3-ubyte")
      try folder.write(IDXFolder.header(0x0801, [count]) + labels, to: "\(start)-labels-idx1-ubyte")
    }
    let mapping = (0..<47).map { "\($0) \($0 < 10 ? 48 + $0 : 55 + $0)\n" }.joined()
    try folder.write(Array(mapping.utf8), to: "emnist/emnist-balanced-mapping.txt")
    let (data, run) = (folder.path("emnist"), folder.path("run"))
    let training = try ToolRun("train --model mlp --data \(data) --epochs 1 --output \(run)")
    training.expectSuccess()
    #expect(training.standardError.contains("on emnist: 94 images, 47 classes"))
    struct Report: Decodable {
      struct Class: Decodable { let name: String }
      let perClass: [Class]
    }
    for data in [data, data + "/emnist-balanced"] {
      let report = try ToolRun("evaluate --weights \(run) --data \(data) --json")
        .json(as: Report.self)
      #expect(report.perClass.map(\.name).prefix(11).suffix(2) == ["9", "A"])
      #expect(report.perClass.count == 47)
    }
  }
}
