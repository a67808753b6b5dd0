import Foundation
import SwiftProtobuf
import Tandem
import TandemExport
import TandemTensor
import TestSupport
import Testing

/// `export`, and `train --tensorboard`.
@Suite(.serialized) struct ExportTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try ToolRun(
      "train --model lenet --data shapes:60,20 --epochs 1 --output run --tensorboard boards/run",
      in: folder.url
    ).expectSuccess()
  }

  private func run(_ line: String) throws -> ToolRun { try ToolRun(line, in: folder.url) }

  private func model(_ name: String) throws -> ONNXModelProto {
    try ONNXModelProto(serializedBytes: RegularFile.contents(folder.path(name)))
  }

  private struct Report: Decodable {
    let model: String
    let externalData: Bool
    let dynamicBatch: Bool
    let withPreprocessing: Bool
    let bytes: Int
    let input: String
  }

  // MARK: ONNX

  @Test func runsAreExported() throws {
    let report = try run("export run model.onnx --dynamic-batch --with-preprocessing --json")
      .json(as: Report.self)
    #expect(report.model == "lenet" && report.dynamicBatch && report.withPreprocessing)
    #expect(!report.externalData && report.input.contains("bytes"))
    #expect(report.bytes == (try RegularFile.contents(folder.path("model.onnx")).count))
    let model = try model("model.onnx")
    #expect(model.graph.name == "lenet")
    let facts = Dictionary(uniqueKeysWithValues: model.metadataProps.map { ($0.key, $0.value) })
    let names = try #require(try ModelFile(contentsOf: folder.path("run")).classNames)
    #expect(facts["classes"] == "[" + names.map { "\"\($0)\"" }.joined(separator: ",") + "]")
    #expect(facts["normalization"]?.contains("\"mean\"") == true)

    let text = try run("export run model.onnx --external-data")
    text.expectSuccess()
    #expect(text.standardOutput.contains("model.onnx and model.onnx.data"))
    #expect(text.standardOutput.contains("as the network sees them: pixels of 0…1"))
    #expect(try self.model("model.onnx").graph.initializer.contains { $0.rawData.isEmpty })
  }

  @Test func weightsFromElsewhereAreExported() throws {
    let weights = "--weights run/checkpoint-last/model.safetensors"
    try run("export \(weights) a.onnx").expectSuccess()
    try run("export run b.onnx").expectSuccess()
    #expect(
      try RegularFile.contents(folder.path("a.onnx"))
        == RegularFile.contents(folder.path("b.onnx")))
    try run("export \(weights) --model lenet --input-size 1x24x24 --num-classes 3 c.onnx")
      .expectSuccess()
    let shape = try model("c.onnx").graph.input[0].type.tensorType.shape
    #expect(shape.dim.map(\.dimValue) == [1, 1, 24, 24])
  }

  private struct Loss: Decodable {
    let model: String
    let loss: Double
    let perClass: [Class]

    struct Class: Decodable { let name: String }
  }

  @Test func exportedFilesAreWeights() throws {
    func evaluated(_ weights: String) throws -> Loss {
      try run("evaluate --data shapes:60,20 --json --weights \(weights)").json(as: Loss.self)
    }
    let own = try evaluated("run")
    for options in ["", "--external-data", "--dynamic-batch --with-preprocessing"] {
      try run("export run m.onnx \(options)").expectSuccess()
      let read = try evaluated("m.onnx")
      #expect(read.model == "lenet" && read.loss == own.loss, "\(options)")
      #expect(read.perClass.map(\.name) == own.perClass.map(\.name))
    }
    // Of whatever name.
    let bytes = try Data(contentsOf: URL(filePath: folder.path("m.onnx")))
    try bytes.write(to: URL(filePath: folder.path("weights")))
    #expect(try evaluated("weights").loss == own.loss)
    try run("train --weights m.onnx --data shapes:60,20 --epochs 1 --no-output").expectSuccess()
    try bytes.dropLast(1000).write(to: URL(filePath: folder.path("short.onnx")))
    try run("evaluate --data shapes:60,20 --weights short.onnx").expectFailure(
      naming: "short.onnx", "cut off")
    try Data("no model at all".utf8).write(to: URL(filePath: folder.path("text.onnx")))
    try run("evaluate --data shapes:60,20 --weights text.onnx").expectFailure(naming: "text.onnx")
    try run("evaluate --data shapes:60,20 --weights m.onnx --model mlp").expectFailure(
      naming: "m.onnx", "lenet")
    try run("export run beside.onnx --external-data").expectSuccess()
    try FileSystem.remove(folder.path("beside.onnx.data"))
    try run("evaluate --data shapes:60,20 --weights beside.onnx").expectFailure(
      naming: "beside.onnx.data")
  }

  @Test func whatCannotBeExportedIsNamed() throws {
    try run("export run").expectFailure(naming: "tandem export run1 model.onnx")
    try run("export run other model.onnx").expectFailure(naming: "tandem export run1 model.onnx")
    try run("export --weights run").expectFailure(naming: "--weights")
    try run("export run model.pb").expectFailure(naming: "model.pb", ".onnx")
    try run("export missing model.onnx").expectFailure(naming: "missing")
    try run("export run missing/model.onnx").expectFailure(naming: "missing/model.onnx")
    try run("export run model.onnx --width 2").expectFailure(naming: "--model")
    try run("export run model.onnx --model mlp").expectFailure(naming: "run", "mlp")
    #expect(!FileManager.default.fileExists(atPath: folder.path("model.onnx")))
  }

  // MARK: TensorBoard

  /// A full disk, or here a limit on files, costs a line and the events.
  @Test func aTrainingGoesOnWithoutEvents() throws {
    let run = try ToolRun(
      [],
      shell: "ulimit -f 8; exec \"$1\" train --model mlp --data shapes:60,20 --epochs 1 "
        + "--no-output --tensorboard full", in: folder.url)
    run.expectSuccess()
    let told = run.errorLines.filter { $0.contains("TensorBoard") }
    #expect(told.count == 1, "\(run.standardError)")
    #expect(told.first?.contains("full/events") == true)
  }

  @Test func aFileIsNoFolder() throws {
    try run(
      "train --model mlp --data shapes:60,20 --epochs 1 --tensorboard run/run.json"
    ).expectFailure(naming: "run/run.json")
  }

  @Test(.enabled(if: MPIRun.isInstalled, "needs mpirun"))
  func theFirstRankWrites() throws {
    let board = folder.path("ranked")
    try RankedRun.run(
      2, "train --model mlp --data shapes:60,20 --epochs 1 --tensorboard \(board)",
      options: ["--bind-to", "none"]
    ).expectSuccess()
    #expect(try FileSystem.names(inFolder: board).count == 1)
  }

  private static let python =
    ProcessInfo.processInfo.environment["TANDEM_TENSORBOARD_PYTHON"] ?? "python3"

  private static func runPython(_ arguments: [String]) throws -> (code: Int32, output: String) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [python] + arguments
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  private static let hasTensorBoard =
    (try? runPython(["-c", "import tensorboard"]).code) == 0

  private struct Board: Decodable {
    let scalars: [String: [Double]]
    let histograms: [String]
    let images: [String]
    let graphNodes: [String]
    let hparams: [String]
  }

  @Test(
    .enabled(
      if: hasTensorBoard,
      "needs a python3 with tensorboard; TANDEM_TENSORBOARD_PYTHON names another one"))
  func tensorBoardReadsEvents() throws {
    let script = fixturePath("tensorboard/read_events.py")
    let (code, output) = try Self.runPython([script, folder.path("boards/run")])
    #expect(code == 0)
    let board = try JSONDecoder().decode(Board.self, from: Data(output.utf8))
    #expect(board.scalars["step/loss"] == [1])
    #expect(board.scalars["loss/test"] == [1])
    #expect(board.histograms.contains("weights/conv1.weight"))
    #expect(board.histograms.contains("gradients/conv1.weight"))
    #expect(board.images.contains("images/first mini-batch"))
    #expect(board.graphNodes.contains("conv1") && board.graphNodes.contains("images"))
    #expect(board.hparams.contains("batchSize") && board.hparams.contains("network"))
  }
}
