import Foundation
import TestSupport
import Testing

/// `train --live` and `--replay` where devices share a network: threads of one process, and ranks.
@Suite(.serialized) struct LiveMeshTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let start =
    "train --model lenet --data shapes:1000,50 --batch-size 50 --opt sgd --momentum 0.9 "
    + "--lr-scheduler cosine --epochs 400"

  private func weights(_ run: String) throws -> Data {
    try Data(contentsOf: URL(filePath: folder.path("\(run)/checkpoint-last/model.safetensors")))
  }

  private func changes(_ run: String) throws -> [[String: Any]] {
    let data = Data(try folder.text("\(run)/run.json").utf8)
    let record = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    return try #require(record?["changes"] as? [[String: Any]])
  }

  private func step(_ page: some VisitedPage) throws -> Int {
    (try page.news()["last"] as? [String: Any])?["step"] as? Int ?? 0
  }

  /// Changes the rate, pauses, changes more, saves, goes on, and stops.
  private func control(_ page: some VisitedPage) throws {
    try page.wait(for: "some steps") { try step(page) > 5 }
    try page.control("do=learningRate&value=0.02")
    try page.control("do=pause")
    try page.wait(for: "paused")
    let paused = try step(page)
    #expect((try page.news()["rate"] as? [String: Any])?["words"] as? String == "set to 0.02")
    try page.control("do=rateTimes&value=0.5")
    try page.control("do=momentum&value=0.5")
    try page.control("do=save")
    // Ranks that are paused look five times a second.
    usleep(300_000)
    #expect(try step(page) == paused && page.phase() == "paused")
    try page.control("do=continue")
    try page.wait(for: "the momentum, and more steps") {
      let momentum = (try page.news()["rate"] as? [String: Any])?["momentum"] as? Double
      return try momentum == 0.5 && step(page) > paused + 5
    }
    try page.control("do=learningRateFactor&value=2")
    try page.wait(for: "pictures, which are drawn after an epoch") {
      let wanted = try page.news("want=batch,filters,predictions,activations&layer=conv2")
      return (wanted["pictures"] as? [String: Int])?.count == 4
    }
    let filters = try page.ask("/snapshot?kind=filters").json()
    #expect(filters["problem"] == nil && filters["count"] as? Int == 6)
    try page.control("do=stop")
  }

  private func expectChanges(_ run: String) throws {
    let made = try changes(run)
    let words = made.map { change in
      change["action"] as? String ?? change.keys.filter { $0 != "step" }.joined()
    }
    #expect(
      words == [
        "learningRate", "pause", "learningRate", "momentum", "save", "continue",
        "learningRateFactor", "stop",
      ])
    let steps = made.compactMap { $0["step"] as? Int }
    #expect(steps == steps.sorted() && steps[0] > 5 && Set(steps[1...5]).count == 1)
    #expect(made[2]["learningRate"] as? Double == 0.01)
  }

  /// Threads as devices: the run is repeated by threads and by ranks, bit for bit.
  @Test(arguments: ["model --mesh 1x2", "hybrid --mesh 1x2", "model --mesh 2x2", "data --mesh 2x1"])
  func devicesOfOneProcess(mesh: String) throws {
    let page = try ServedPage(
      StartedTool(
        "\(Self.start) --parallelism \(mesh) --live 0 --output \(folder.path("run"))"))
    try control(page)
    let ended = try page.tool.end()
    #expect(ended.exitCode == 0, "\(ended.errors)")
    try expectChanges("run")
    try ToolRun("train --replay \(folder.path("run")) --output \(folder.path("again"))")
      .expectSuccess()
    #expect(try weights("again") == weights("run"))
    guard MPIRun.isInstalled else { return }
    let ranks = mesh.contains("2x2") ? 4 : 2
    try RankedRun.run(
      ranks, "train --replay \(folder.path("run")) --output \(folder.path("ranks")) --workers 1"
    ).expectSuccess()
    #expect(try weights("ranks") == weights("run"))
  }

  /// Ranks as devices, of which the first one serves the page.
  @Test(
    .enabled(if: MPIRun.isInstalled, "needs mpirun"),
    arguments: ["--parallelism model --mesh 1x2", "--parallelism hybrid --mesh 1x2", "--shards 2"])
  func devicesOfTwoRanks(layout: String) throws {
    let page = try RankedPage(
      RankedRun.start(
        2, "\(Self.start) \(layout) --workers 1 --live 0 --output \(folder.path("run"))"))
    try control(page)
    try page.job.wait().expectSuccess()
    try expectChanges("run")
    // Threads in place of ranks, and ranks again.
    try ToolRun(
      "train --replay \(folder.path("run")) --output \(folder.path("threads")) --workers 2"
    ).expectSuccess()
    #expect(try weights("threads") == weights("run"))
    try RankedRun.run(
      2, "train --replay \(folder.path("run")) --output \(folder.path("ranks")) --workers 1"
    ).expectSuccess()
    #expect(try weights("ranks") == weights("run"))
  }

  /// A run of devices that was stopped goes on where it was, with what was changed.
  @Test func aStoppedRunGoesOn() throws {
    let start = Self.start.replacing("--epochs 400", with: "--epochs 8")
    let page = try ServedPage(
      StartedTool(
        "\(start) --parallelism model --mesh 1x2 --live 0 --output \(folder.path("run"))"))
    try page.control("do=learningRateFactor&value=3")
    try page.wait(for: "the change") { try page.news()["changeCount"] as? Int == 1 }
    try page.control("do=stop")
    #expect(try page.tool.end().exitCode == 0)
    try ToolRun("train --resume \(folder.path("run"))").expectSuccess()
    try ToolRun("train --replay \(folder.path("run")) --output \(folder.path("whole"))")
      .expectSuccess()
    #expect(try weights("whole") == weights("run"))
  }
}
