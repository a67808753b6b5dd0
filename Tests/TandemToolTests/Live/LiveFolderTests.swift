import Foundation
import TestSupport
import Testing

/// `tandem live`: a run by its folder.
@Suite(.serialized) struct LiveFolderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func train(_ more: String = "") throws {
    try FileManager.default.createDirectory(
      atPath: folder.path("run"), withIntermediateDirectories: true)
    try ToolRun(
      "train --model lenet --data shapes:300,60 --epochs 3 --output run --step-log run/steps.csv \(more)",
      in: folder.url
    ).expectSuccess()
  }

  private func serve() throws -> ServedPage {
    try ServedPage(StartedTool("live \(folder.path("run")) --port 0"))
  }

  @Test func aFinishedRunIsShown() throws {
    try train()
    let page = try serve()
    let news = try page.news("want=filters")
    #expect(news["phase"] as? String == "folder" && news["ending"] as? String == "completed")
    #expect((news["epochs"] as? [Any])?.count == 3 && (news["points"] as? [Any])?.count == 15)
    #expect((news["problems"] as? [String]) == [])
    #expect(news["rate"] == nil && news["canSave"] == nil)
    let filters = try page.ask("/snapshot?kind=filters").json()
    #expect(filters["layer"] as? String == "conv1" && filters["count"] as? Int == 6)
    #expect(try page.ask("/control?do=stop", method: "POST").status == 400)
    #expect(try page.ask("/").text.contains("changes nothing"))
    #expect(try page.ask("/", without: "Tandem-Token").status == 403)
    page.tool.send(SIGTERM)
    #expect(try page.tool.end().exitCode != 0)
  }

  /// The curves of layers are those of layers.csv, by steps; where nothing was measured there are
  /// none.
  @Test func layersAreShown() throws {
    try train("--layer-statistics")
    let page = try serve()
    #expect(try page.news()["layerCurves"] as? String == "3 15.0")
    let panels = try #require(try page.ask("/layers").json()["panels"] as? [[String: Any]])
    let rows = try panels.map { panel in
      let numbers = try #require(panel["numbers"] as? [String: Any])
      #expect(numbers["names"] as? [String] == ["conv1", "conv2", "dense1", "dense2", "dense3"])
      let rows = try #require(numbers["rows"] as? [[Any]])
      return rows.map { $0.map { $0 as? Double } }
    }
    // Behind its layers is tanh, which has no dead units.
    #expect(rows.map(\.count) == [3, 3, 3, 0])
    // epoch,step,layer,meanWeight,meanChange,ratio,gradientNorm,deadShare
    let lines = try folder.text("run/layers.csv").split(separator: "\n").dropFirst()
    #expect(lines.count == 15)
    for (number, line) in lines.enumerated() {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      let (epoch, layer) = (number / 5, number % 5)
      let wanted = [
        Double(cells[3]), Double(cells[5]).map { log10($0) }, Double(cells[6]).map { log10($0) },
        Double(cells[7]).map { 100 * $0 },
      ]
      for (panel, value) in zip(rows, wanted.prefix(3)) {
        #expect(panel[epoch][0] == Double(cells[1]))
        let shown = panel[epoch][layer + 1]
        #expect((shown == nil) == (value == nil))
        if let shown, let value { #expect(abs(shown - value) < 1e-9) }
      }
    }
    page.tool.send(SIGTERM)
    _ = try page.tool.end()
  }

  @Test func withoutLayersThereAreNone() throws {
    try train()
    let page = try serve()
    #expect(try page.news()["layerCurves"] is NSNull)
    #expect(try page.ask("/layers").status == 404)
    page.tool.send(SIGTERM)
    _ = try page.tool.end()
  }

  /// What is missing, damaged or of another version is said; the rest is shown.
  @Test func itGoesAsFarAsItGoes() throws {
    try train()
    let page = try serve()
    try folder.write(Array("{\"format\": 99}".utf8), to: "run/run.json")
    try page.tool.wait(for: "the other version") {
      ((try page.news()["problems"] as? [String]) ?? []).contains { $0.contains("99") }
    }
    #expect((try page.news()["epochs"] as? [Any])?.count == 3)
    let history = try folder.text("run/history.json")
    try folder.write(Array(history.utf8.prefix(history.utf8.count / 2)), to: "run/history.json")
    try page.tool.wait(for: "the half") {
      ((try page.news()["problems"] as? [String]) ?? []).count == 2
    }
    try folder.write(Array(history.utf8), to: "run/history.json")
    try page.tool.wait(for: "the whole") {
      ((try page.news()["problems"] as? [String]) ?? []).count == 1
    }
    page.tool.send(SIGTERM)
    _ = try page.tool.end()
  }

  @Test func aRunIsFollowedWhileItGrows() throws {
    let run = try ServedPage(
      StartedTool(
        "train --model lenet --data shapes:1000,60 --epochs 400 --live 0 --output \(folder.path("run")) "
          + "--step-log \(folder.path("run.csv"))"))
    try run.tool.wait(for: "an epoch") { ((try run.news()["epochs"] as? [Any]) ?? []).count > 0 }
    let page = try serve()
    let before = (try page.news()["epochs"] as? [Any])?.count ?? 0
    try page.tool.wait(for: "more epochs and steps") {
      let news = try page.news()
      return ((news["epochs"] as? [Any]) ?? []).count > before
        && ((news["points"] as? [Any]) ?? []).count > 10
    }
    #expect(try page.news()["ending"] as? String == "running, or killed")
    try run.control("do=stop")
    _ = try run.tool.end()
    try page.tool.wait(for: "the end") { try page.news()["ending"] as? String == "interrupted" }
    page.tool.send(SIGTERM)
    _ = try page.tool.end()
  }

  @Test func whatIsNoRunIsRefused() throws {
    try ToolRun("live \(folder.path("none"))").expectFailure(naming: "none")
    try folder.write([1], to: "other/a.txt")
    try ToolRun("live \(folder.path("other"))").expectFailure(naming: "other")
  }
}
