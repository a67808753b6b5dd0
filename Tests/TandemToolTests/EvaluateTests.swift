import Tandem
import Testing

@Suite(.serialized) struct EvaluateTests {
  struct Report: Decodable {
    struct Class: Decodable {
      let name: String
      let images: Int
      let correct: Int
      let accuracy: Double?
    }

    let model: String
    let images: Int
    let loss: Double
    let top1: Double
    let top5: Double
    let perClass: [Class]
  }

  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func trained() throws -> TrainReport {
    try ToolRun(
      "train --model lenet --data shapes:600,100 --epochs 2 --opt adam --json "
        + "--output \(folder.path("run"))"
    ).json(as: TrainReport.self)
  }

  @Test func agreesWithTheEndOfTraining() throws {
    let training = try trained()
    let report = try ToolRun(
      "evaluate --weights \(folder.path("run")) --data shapes:600,100 --json"
    )
    .json(as: Report.self)
    #expect(report.model == "lenet")
    #expect(report.images == 100)
    #expect(report.top1 == training.top1)
    // The sum may be taken in another order.
    #expect(abs(report.loss - (training.loss ?? 0)) < 1e-9)
  }

  @Test func classesAddUpAndResultsDoNotDependOnWorkers() throws {
    _ = try trained()
    for workers in 1...3 {
      let report = try ToolRun(
        "evaluate --weights \(folder.path("run")) --data shapes:600,100 --workers \(workers) --json"
      ).json(as: Report.self)
      #expect(report.perClass.map(\.name) == ["circle", "rectangle", "triangle"])
      #expect(report.perClass.map(\.images) == [33, 33, 34])
      #expect(report.top1 == Double(report.perClass.map(\.correct).reduce(0, +)) / 100)
      #expect(report.top5 == 1)
    }
  }

  @Test func weightsWithoutDescriptionNeedModelAndNormalisation() throws {
    let training = try trained()
    // What another program would have written: tensors and nothing else.
    let tensors = try ModelFile(contentsOf: folder.path("run")).tensors
    let bare = folder.path("bare.safetensors")
    try writeSafeTensors(tensors, to: bare)
    try ToolRun("evaluate --weights \(bare) --data shapes:600,100")
      .expectFailure(naming: "bare.safetensors", "--model")
    let report = try ToolRun(
      "evaluate --weights \(bare) --model lenet --normalize statistics --data shapes:600,100 --json"
    ).json(as: Report.self)
    #expect(report.top1 == training.top1)
  }

  @Test func moreWorkersThanCoresIsAWarning() throws {
    _ = try trained()
    let workers = CPUTopology.current().usableCores + 2
    let run = try ToolRun(
      "evaluate --weights \(folder.path("run")) --data shapes:600,100 --workers \(workers)")
    run.expectSuccess()
    #expect(run.errorLines.count == 1)
    #expect(run.standardError.hasPrefix("tandem: warning: \(workers) workers"))
  }

  @Test func textHasEveryClass() throws {
    _ = try trained()
    let run = try ToolRun("evaluate --weights \(folder.path("run")) --data shapes:600,100")
    run.expectSuccess()
    for word in ["circle", "rectangle", "triangle", "top-1", "top-5", "Loss"] {
      #expect(run.standardOutput.contains(word))
    }
  }
}

/// Writes tensors without metadata.
func writeSafeTensors(_ tensors: [String: Tensor], to path: String) throws {
  let sorted = tensors.sorted { $0.key < $1.key }
  let buffers = sorted.map { entry in
    let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: entry.value.elements.count)
    _ = copy.initialize(from: entry.value.elements)
    return copy
  }
  defer { for buffer in buffers { buffer.deallocate() } }
  try SafeTensorsFile.write(
    tensors: zip(sorted, buffers).map { ($0.key, $0.value.shape, UnsafeBufferPointer($1)) },
    metadata: [:], to: path)
}
