import Foundation
import TandemImage
import TestSupport
import Testing

/// `tandem serve`: a network that answers to pictures.
@Suite(.serialized) struct ServeTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try ToolRun(
      "train --model mnist-cnn --data shapes:600,60 --epochs 3 --opt adam --output run",
      in: folder.url
    ).expectSuccess()
  }

  private func serve(_ options: String = "") throws -> ServedPage {
    try ServedPage(StartedTool("serve \(folder.path("run")) --port 0 \(options)"))
  }

  /// A light disc on black.
  private func disc(side: Int = 96) throws -> Data {
    let samples = (0..<side * side).map { place -> UInt8 in
      let (x, y) = (place % side - side / 2, place / side - side / 2)
      return x * x + y * y < side * side / 9 ? 255 : 0
    }
    return Data(
      try PictureEncoder.png(
        Picture(width: side, height: side, channels: .grey, samples: samples)))
  }

  @Test func picturesAreAnswered() throws {
    let page = try serve()
    let html = try page.ask("/")
    #expect(html.status == 200 && ParsedPage(html.body).problem == nil)
    let first = try page.ask("/answer", method: "POST", body: disc())
    #expect(first.status == 200)
    let classes = try #require(try first.json()["classes"] as? [[String: Any]])
    let shares = classes.compactMap { $0["probability"] as? Double }
    #expect(shares.count == classes.count && shares == shares.sorted(by: >))
    #expect(abs(shares.reduce(0, +) - 1) < 1e-5)
    #expect(classes.contains { ($0["evidence"] as? String)?.hasPrefix("data:image/png") == true })
    #expect(try page.ask("/answer", method: "POST", body: disc()).body == first.body)

    // As `predict` sees it.
    try folder.write(Array(disc()), to: "disc.png")
    let told = try ToolRun("explain disc.png --weights run --output e.png --json", in: folder.url)
    told.expectSuccess()
    let explained =
      try JSONSerialization.jsonObject(with: Data(told.standardOutput.utf8)) as? [String: Any]
    let top = try #require((explained?["classes"] as? [[String: Any]])?.first)
    #expect(top["name"] as? String == classes[0]["name"] as? String)
    #expect(abs((top["probability"] as? Double ?? 0) - shares[0]) < 1e-5)
    page.tool.send(SIGTERM)
    _ = try page.tool.end()
  }

  @Test func otherThingsAreRefused() throws {
    let page = try serve()
    var hostile = Array(try disc())
    // The header says that it has 100,000 × 100,000 pixels.
    hostile.replaceSubrange(16..<24, with: [0, 1, 0x86, 0xA0, 0, 1, 0x86, 0xA0])
    for (body, status) in [
      (Data(), 400), (Data("no picture".utf8), 400), (Data(try disc().prefix(60)), 400),
      (Data(hostile), 400), (Data(count: (16 << 20) + 1), 413),
    ] {
      let reply = try page.ask("/answer", method: "POST", body: body)
      #expect(
        reply.status == status && reply.text.split(separator: "\n").count == 1, "\(reply.text)")
    }
    #expect(try page.ask("/answer").status == 405)
    #expect(
      try page.ask("/answer", method: "POST", body: disc(), without: "Tandem-Token").status == 403)
    #expect(try page.ask("/..%2frun.json").status == 404)
    #expect(try page.ask("/answer", method: "POST", body: disc()).status == 200)
    page.tool.send(SIGTERM)
    let ended = try page.tool.end()
    #expect(ended.signal == SIGTERM || ended.exitCode != nil)
  }

  @Test func weightsAreServedToo() throws {
    let file = folder.path("run/checkpoint-last/model.safetensors")
    let page = try ServedPage(StartedTool("serve --weights \(file) --port 0"))
    #expect(try page.ask("/answer", method: "POST", body: disc()).status == 200)
    page.tool.send(SIGTERM)
    _ = try page.tool.end()
    try ToolRun("serve run --weights \(file)", in: folder.url).expectFailure(naming: "--weights")
    try ToolRun("serve").expectFailure(naming: "--weights")
    try ToolRun("serve \(folder.path("none"))").expectFailure(naming: "none")
  }
}
