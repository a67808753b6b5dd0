import Foundation
import TestSupport
import Testing

/// `train --live` and `train --replay` of the built tool, over real sockets.
@Suite(.serialized) struct LiveTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let start =
    "train --model mnist-cnn --data shapes:1000,50 --batch-size 50 --shards 4 --opt sgd --momentum 0.9"

  private func weights(_ run: String) throws -> Data {
    try Data(contentsOf: URL(filePath: folder.path("\(run)/checkpoint-last/model.safetensors")))
  }

  private func record(_ run: String) throws -> [String: Any] {
    let data = Data(try folder.text("\(run)/run.json").utf8)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private func changes(_ run: String) throws -> [[String: Any]] {
    try record(run)["changes"] as? [[String: Any]] ?? []
  }

  private func live(_ options: String, output: String) throws -> ServedPage {
    try ServedPage(
      StartedTool("\(Self.start) \(options) --live 0 --output \(folder.path(output))"))
  }

  private func end(
    _ page: ServedPage, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> StartedTool.Ended {
    let ended = try page.tool.end()
    #expect(ended.exitCode == 0, "\(ended.errors)", sourceLocation: sourceLocation)
    return ended
  }

  @Test func aTrainingTellsOfItself() throws {
    let page = try live("--epochs 400 --layer-statistics", output: "run")
    let html = try page.ask("/?token=\(page.token)", without: "Tandem-Token")
    #expect(html.status == 200 && html.head.contains("Content-Security-Policy: default-src 'none'"))
    let parsed = ParsedPage(html.body)
    #expect(parsed.problem == nil)
    #expect(
      parsed.all("img").isEmpty
        && parsed.all("link").allSatisfy { $0.attributes["href"] == "data:," })
    // It waits for being looked at.
    try page.control("do=pause")
    try page.wait(for: "paused")
    let news = try page.news()
    let run = try #require(news["run"] as? [String: Any])
    #expect(run["network"] as? String == "mnist-cnn" && run["batchSize"] as? Int == 50)
    let points = try #require(news["points"] as? [[Double]])
    let last = try #require(news["last"] as? [String: Any])
    #expect(points.last?.first == last["step"] as? Double && points.allSatisfy { $0.count == 5 })
    #expect(points.allSatisfy { $0[1] > 0 && $0[2] >= 0 && $0[3] == 0.001 && $0[4] > 0 })
    #expect(news["canSave"] as? Bool == true)
    // Nothing new is told twice.
    let seen = try #require(news["seen"] as? String)
    #expect((try page.news("since=\(seen)")["points"] as? [Any])?.isEmpty == true)
    try page.control("do=continue")
    try page.tool.wait(for: "an epoch") {
      ((try page.news()["epochs"] as? [[Any]]) ?? []).count > 0
    }
    try page.tool.wait(for: "the layers") { try !(page.news()["layerCurves"] is NSNull) }
    let panels = try #require(try page.ask("/layers").json()["panels"] as? [[String: Any]])
    #expect(
      panels.map { ($0["title"] as? String)?.split(separator: " ").first } == [
        "Mean", "Change", "Length", "Dead",
      ])
    try page.control("do=stop")
    _ = try end(page)
    let made = try changes("run")
    #expect(made.compactMap { $0["action"] as? String } == ["pause", "continue", "stop"])
  }

  @Test func picturesAreDrawnForWhoLooks() throws {
    let page = try ServedPage(
      StartedTool(
        "train --model lenet --data shapes:1920,100 --epochs 4000 --live 0 --output \(folder.path("run"))"
      ))
    let wish = "want=batch,filters,predictions,activations&layer=conv2&image=3"
    try page.tool.wait(for: "pictures") {
      (try page.news(wish)["pictures"] as? [String: Int])?.count == 4
    }
    let news = try page.news(wish)
    #expect((news["layers"] as? [String])?.contains("conv2") == true)
    for kind in ["batch", "filters", "predictions", "activations"] {
      let shown = try page.ask("/snapshot?kind=\(kind)").json()
      #expect(shown["problem"] == nil, "\(kind): \(shown["problem"] ?? "")")
      #expect((shown["image"] as? String)?.hasPrefix("data:image/png;base64,") == true)
      switch kind {
      case "batch": #expect((shown["labels"] as? [String])?.count == 32)
      case "filters": #expect(shown["count"] as? Int == shown["of"] as? Int)
      case "predictions":
        let answers = try #require(shown["answers"] as? [[String: Any]])
        #expect(answers.count == 8)
        let bars = try #require(answers[0]["bars"] as? [[Any]])
        let sum = bars.compactMap { $0[1] as? Double }.reduce(0, +)
        #expect(bars.count == 3 && sum > 0.99 && sum < 1.01)
      default: #expect(shown["layer"] as? String == "conv2" && shown["of"] as? Int == 16)
      }
    }
    #expect(try page.ask("/snapshot?kind=other").status == 404)
    try page.control("do=stop")
    let ended = try end(page)
    #expect(ended.errors.contains("asked to stop"))
    #expect(try record("run")["sessions"] as? [[String: Any]] != nil)
  }

  /// Whoever knocks, and however many look on: the weights are those of a training without a page.
  @Test func visitorsChangeNothing() throws {
    try ToolRun("\(Self.start) --epochs 15 --output \(folder.path("plain"))").expectSuccess()
    let page = try live("--epochs 15", output: "watched")
    var held: [RawClient] = []
    for _ in 0..<20 where page.tool.isRunning {
      do {
        _ = try page.news("want=batch,filters,predictions,activations")
        for (expected, found) in try refused(by: page) { #expect(found == expected) }
        // Those that say nothing, or begin and do not end.
        for number in 0..<10 {
          let client = try RawClient(port: page.port)
          if number == 0 { client.send("GET /ne".utf8) }
          held.append(client)
        }
      } catch {
        // The training, and the page with it, may be over.
        if page.tool.isRunning, (try? page.ask("/news").status) == 200 { throw error }
      }
    }
    let ended = try end(page)
    #expect(try weights("watched") == weights("plain"))
    #expect(try changes("watched").isEmpty)
    // Each kind of refusal is told once.
    let told = ended.errors.split(separator: "\n").filter { $0.contains("the page has refused") }
    #expect(Set(told).count == told.count && told.count >= 4, "\(told)")
  }

  /// What must not be answered, with the status that each is to have and has.
  private func refused(by page: ServedPage) throws -> [(expected: Int, found: Int)] {
    let wrong = ["Tandem-Token": String(repeating: "0", count: 32)]
    let stop = "/control?do=stop"
    let foreign = ["Origin": "http://evil.example"]
    let large = Data(count: 1 << 20)
    var found = [
      (403, try page.ask("/", without: "Tandem-Token").status),
      (403, try page.ask("/", with: wrong).status),
      (403, try page.ask("/", with: ["Host": "evil.example"]).status),
      (403, try page.ask(stop, method: "POST", with: foreign).status),
      (405, try page.ask(stop).status),
      (404, try page.ask("/../../../etc/passwd").status),
      (413, try page.ask(stop, method: "POST", body: large).status),
    ]
    let garbage = try RawClient(port: page.port)
    garbage.send([0x16, 3, 1, 2, 0, 1])
    found.append((400, garbage.reply().status))
    // Where the training ends meanwhile, nothing is answered.
    return page.tool.isRunning ? found.map { (expected: $0.0, found: $0.1) } : []
  }

  @Test func changesAreRecordedAndRepeated() throws {
    let page = try live("--epochs 8 --lr-scheduler cosine", output: "run")
    try page.tool.wait(for: "some steps") {
      ((try page.news()["last"] as? [String: Any])?["step"] as? Int ?? 0) > 5
    }
    try page.control("do=learningRate&value=0.02")
    try page.control("do=pause")
    try page.wait(for: "paused")
    try page.control("do=rateTimes&value=0.5")
    try page.control("do=momentum&value=0.5")
    try page.control("do=save")
    try page.control("do=continue")
    try page.tool.wait(for: "the momentum") {
      if !page.tool.isRunning { return true }
      return (try page.news()["rate"] as? [String: Any])?["momentum"] as? Double == 0.5
    }
    let ended = try end(page)
    #expect(ended.errors.contains("learning rate 0.01"))
    let made = try changes("run")
    let words = made.map { change in
      change.keys.filter { $0 != "step" }.joined()
    }
    #expect(
      words == ["learningRate", "action", "learningRate", "momentum", "action", "action"])
    #expect(made[2]["learningRate"] as? Double == 0.01)
    let steps = made.compactMap { $0["step"] as? Int }
    #expect(steps == steps.sorted() && steps[0] > 5)

    try ToolRun("\(Self.start) --epochs 8 --lr-scheduler cosine --output \(folder.path("plain"))")
      .expectSuccess()
    #expect(try weights("plain") != weights("run"))
    for (name, options) in [("one", "--workers 1"), ("two", "--workers 2")] {
      let again = try ToolRun(
        "train --replay \(folder.path("run")) --output \(folder.path(name)) \(options)")
      again.expectSuccess()
      #expect(try weights(name) == weights("run"), "\(name)")
      let repeated = try changes(name)
      #expect(repeated.count == 3 && repeated[0]["step"] as? Int == steps[0])
    }
    if MPIRun.isInstalled {
      try RankedRun.run(
        2, "train --replay \(folder.path("run")) --output \(folder.path("ranks")) --workers 1"
      ).expectSuccess()
      #expect(try weights("ranks") == weights("run"))
    }
  }

  /// A run that is stopped on the page is continued with its changes, and repeated as far as it
  /// went.
  @Test func aStoppedRunGoesOn() throws {
    let page = try live("--epochs 8", output: "run")
    try page.control("do=learningRateFactor&value=3")
    try page.tool.wait(for: "the change") { try page.news()["changeCount"] as? Int == 1 }
    try page.control("do=stop")
    _ = try end(page)
    let sessions = try #require(try record("run")["sessions"] as? [[String: Any]])
    #expect(sessions[0]["ending"] as? String == "interrupted")
    let stopped = try weights("run")
    try ToolRun("train --replay \(folder.path("run")) --output \(folder.path("part"))")
      .expectSuccess()
    #expect(try weights("part") == stopped)
    try ToolRun("train --resume \(folder.path("run"))").expectSuccess()
    #expect((try changes("run").first?["learningRateFactor"]) as? Double == 3)
    try ToolRun("train --replay \(folder.path("run")) --output \(folder.path("whole"))")
      .expectSuccess()
    #expect(try weights("whole") == weights("run"))
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    let page = try live("--epochs 400", output: "run")
    try page.control("do=pause")
    for query in [
      "do=learningRate&value=0", "do=learningRate&value=abc", "do=learningRate",
      "do=momentum&value=1",
      "do=learningRate&value=1e99", "do=everything", "", "do=learningRate&value=nan",
    ] {
      let reply = try page.ask("/control?\(query)", method: "POST")
      #expect(reply.status == 400 && reply.text.split(separator: "\n").count == 1, "\(query)")
    }
    try page.control("do=stop")
    _ = try end(page)
    #expect(try changes("run").allSatisfy { $0["action"] != nil })
  }

  @Test func aPortInUseIsToldBeforeTheTraining() throws {
    let page = try live("--epochs 400", output: "first")
    let other = try TemporaryFolder()
    try other.expectRefusal(
      of: "\(Self.start) --live \(page.port) --output \(other.path("second"))",
      naming: ["port \(page.port)", "in use", "--live"])
    try page.control("do=stop")
    _ = try end(page)
  }

  @Test func optionsThatDoNotGoTogether() throws {
    try ToolRun("\(Self.start) --live 70000 --no-output").expectFailure(naming: "--live 70000")
    try ToolRun("\(Self.start) --live-host 0.0.0.0 --no-output").expectFailure(naming: "--live")
    try ToolRun("\(Self.start) --live 0 --live-host example.org --no-output")
      .expectFailure(naming: "--live-host")
    try ToolRun("train --replay a --resume b").expectFailure(naming: "b")
    try ToolRun("train --replay \(folder.path("none"))").expectFailure(naming: "run.json")
  }
}
