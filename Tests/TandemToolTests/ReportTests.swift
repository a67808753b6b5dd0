import Foundation
import Tandem
import TandemImage
import TestSupport
import Testing

/// `report` and `train --report`: pages that say what there is, and what there is not.
@Suite(.serialized) struct ReportTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try run(
      "train --model mnist-cnn --data shapes:200,60 --epochs 2 --opt adam --lr 1e-4 --seed 3 --output run"
    ).expectSuccess()
  }

  private func run(_ line: String) throws -> ToolRun { try ToolRun(line, in: folder.url) }

  private struct Written: Decodable {
    let bytes: Int
    let seconds: Double
    let sections: [String]
    let missing: [String]
    let isInteractive: Bool
  }

  private func parsed(_ name: String) throws -> ParsedPage {
    ParsedPage(try Data(contentsOf: URL(filePath: folder.path(name))))
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: folder.path(name))), as: UTF8.self)
  }

  private static let sections = [
    "What was trained", "Curves", "Results by class", "Worst mistakes",
    "What spoke for the answers",
    "First filters, before and after", "Settings", "Machine", "Speed and time", "How to go on",
  ]

  @Test func aRunIsTold() throws {
    let written = try run("report run --output a.html --no-script --json").json(as: Written.self)
    #expect(written.sections == Self.sections && written.missing.isEmpty)
    #expect(!written.isInteractive)
    let page = try parsed("a.html")
    #expect(page.faults == [])
    for words in [
      "mnist-cnn on shapes", "tandem train --model mnist-cnn --data shapes:200,60", "circle",
      "taken for", "seed 3", "best test top-1", "images per second", "learningRate", "computing",
      "tandem train --resume run --epochs 12", "Grad-CAM of relu2",
    ] {
      #expect(page.text.contains(words), "\(words)")
    }
    #expect(page.all("script").isEmpty)
    #expect(page.all("svg").filter { $0.attributes["role"] == "img" }.count == 4)
    let pictures = page.all("img").compactMap { $0.attributes["src"] }
    #expect(pictures.contains { $0.hasPrefix("data:image/png") })
    #expect(pictures.contains { $0.hasPrefix("data:image/jpeg") })
    // The matrix holds each of the images once.
    let cells = try text("a.html").components(separatedBy: "class=\"matrix\"")[1]
      .components(separatedBy: "</table>")[0]
      .matches(of: #/<td style="[^"]*">(\d+)<\/td>/#).compactMap { Int($0.output.1) }
    #expect(cells.reduce(0, +) == 60)
    #expect(written.bytes == (try text("a.html")).utf8.count)
  }

  @Test func curvesCanBeReadWhereTheLibraryIs() throws {
    let library = "/usr/share/javascript/dygraphs/dygraph.min.js"
    let isInstalled = FileManager.default.fileExists(atPath: library)
    let written = try run("report run --output b.html --json").json(as: Written.self)
    #expect(written.isInteractive == isInstalled)
    let page = try parsed("b.html")
    #expect(page.faults == [])
    #expect(page.text.contains(isInstalled ? "MIT" : "libjs-dygraphs is not installed"))
    #expect(page.all("script").isEmpty == !isInstalled)
    #expect(try !text("b.html").contains("sourceMappingURL"))
    if !isInstalled { print("libjs-dygraphs is not installed: its curves are not tested") }
  }

  @Test func severalRunsAreCompared() throws {
    try run("train --model mlp --data shapes:200,60 --epochs 3 --output other").expectSuccess()
    let written = try run("report run other --output c.html --no-script --json")
      .json(as: Written.self)
    #expect(
      written.sections
        == ["Results", "Curves", "In what they differ", "Commands", "How to go on"])
    let page = try parsed("c.html")
    #expect(page.faults == [])
    for words in ["mnist-cnn", "mlp", "optimizer", "epochs", "run, test", "other, test"] {
      #expect(page.text.contains(words), "\(words)")
    }
    // What they have in common is not told.
    let differences = try text("c.html").components(separatedBy: "id=\"differences\"")[1]
      .components(separatedBy: "</section>")[0]
    #expect(differences.contains("learningRate") && !differences.contains("batchSize"))
  }

  @Test func namesFromFilesAreText() throws {
    for part in ["train", "val"] {
      for (number, name) in ["<script>alert(1)<!--", "b & \"c\" 'd'"].enumerated() {
        let path = folder.path("evil/\(part)/\(name)")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for index in 0..<6 {
          let picture = Picture(
            width: 24, height: 24, filledWith: [UInt8(40 + 150 * number + index)])
          try Data(PictureEncoder.png(picture)).write(to: URL(filePath: "\(path)/]]>\(index).png"))
        }
      }
    }
    try run("train --model mnist-cnn --input-size 1x24x24 --data evil --epochs 1 --output e")
      .expectSuccess()
    let written = try run("report e --output e.html --json").json(as: Written.self)
    #expect(written.sections == Self.sections && written.missing.isEmpty, "\(written.missing)")
    let page = try parsed("e.html")
    #expect(page.faults == [])
    #expect(page.text.contains("<script>alert(1)<!--") && page.text.contains("b & \"c\" 'd'"))
    #expect(try !text("e.html").contains("<script>alert"))
  }

  @Test func whatIsNotThereIsNamed() throws {
    // Half a run: killed before its first epoch; damaged; of another version; without weights.
    func copy(_ name: String) throws {
      try? FileManager.default.removeItem(atPath: folder.path(name))
      try FileManager.default.copyItem(atPath: folder.path("run"), toPath: folder.path(name))
    }
    func report(_ name: String, _ options: String = "") throws -> (Written, ParsedPage) {
      let written = try run("report \(name) --output \(name).html --json \(options)")
        .json(as: Written.self)
      let page = try parsed("\(name).html")
      #expect(page.faults == [], "\(name)")
      for line in written.missing { #expect(page.text.contains(line), "\(line)") }
      return (written, page)
    }
    try copy("early")
    for file in ["history.json", "history.csv"] {
      try FileManager.default.removeItem(atPath: folder.path("early/\(file)"))
    }
    var (written, page) = try report("early")
    #expect(written.missing.count == 1 && written.missing[0].hasPrefix("There are no curves"))
    #expect(written.sections.contains("Results by class") && !written.sections.contains("Curves"))

    try copy("damaged")
    try Data("{".utf8).write(to: URL(filePath: folder.path("damaged/run.json")))
    (written, page) = try report("damaged")
    #expect(written.missing.count == 2 && written.missing[0].contains("run.json: is no JSON"))
    #expect(written.missing[1].contains("--data"))
    #expect(written.sections.contains("Curves"))
    (written, page) = try report("damaged", "--data shapes:200,60")
    #expect(written.missing.count == 1 && written.sections.contains("Worst mistakes"))

    try copy("newer")
    try Data(#"{"format": 99}"#.utf8).write(to: URL(filePath: folder.path("newer/run.json")))
    (written, page) = try report("newer")
    #expect(written.missing[0].contains("format 99"))

    try copy("light")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path("light"))
    where !name.hasSuffix(".json") {
      try FileManager.default.removeItem(atPath: folder.path("light/\(name)"))
    }
    (written, page) = try report("light")
    #expect(written.missing.count == 1 && written.sections.contains("Curves"))
    #expect(page.text.contains("mnist-cnn on shapes"))

    try copy("moved")
    (written, page) = try report("moved", "--data nowhere")
    #expect(written.missing.count == 1 && written.missing[0].contains("nowhere"))
    #expect(written.sections.contains("First filters, before and after"))

    try FileManager.default.createDirectory(
      atPath: folder.path("empty"), withIntermediateDirectories: true)
    try run("report empty --output x.html").expectFailure(naming: "empty", "tandem train")
    try run("report missing --output x.html").expectFailure(naming: "missing")
    try run("report run --output x.txt").expectFailure(naming: "--output", ".html")
    try run("report run --output no/x.html").expectFailure(naming: "no/x.html")
    #expect(!FileManager.default.fileExists(atPath: folder.path("x.html")))
  }

  @Test func networksWithoutConvolutionsHaveReportsToo() throws {
    try run("train --model mlp --data shapes:60,20 --epochs 1 --output flat").expectSuccess()
    let written = try run("report flat --output f.html --json").json(as: Written.self)
    #expect(written.missing.isEmpty)
    let page = try parsed("f.html")
    #expect(page.faults == [] && page.text.contains("no convolution"))
    #expect(!written.sections.contains("First filters, before and after"))
  }

  @Test func trainingsCanEndWithIt() throws {
    let line = "train --model mnist-cnn --data shapes:100,30 --epochs 1"
    let training = try run("\(line) --output own --report")
    training.expectSuccess()
    #expect(training.standardError.contains("own/report.html"))
    #expect(try parsed("own/report.html").faults == [])
    try run("\(line) --no-output --report").expectFailure(naming: "--report", "--no-output")
    // What stands in its way costs a line, and no training.
    try run("\(line) --output blocked").expectSuccess()
    try FileManager.default.createDirectory(
      atPath: folder.path("blocked/report.html"), withIntermediateDirectories: true)
    let blocked = try run("train --resume blocked --epochs 2 --report")
    blocked.expectSuccess()
    let warnings = blocked.errorLines.filter { $0.contains("warning") && $0.contains("report") }
    #expect(warnings.count == 1, "\(blocked.standardError)")
    // It is nobody's setting.
    #expect(try !text("own/run.json").contains("\"report\" :"))
  }

  /// The parser and the list of faults see what is wrong.
  @Test func faultsAreSeen() {
    let wrong = "<html><body><img src=\"http://a/b.png\"><p></body></html>"
    #expect(ParsedPage(Data(wrong.utf8)).problem != nil)
    let page = ParsedPage(
      Data(
        "<html><body id=\"a\"><img src=\"x\" /><p id=\"a\"><a href=\"#b\">c</a></p></body></html>"
          .utf8))
    #expect(page.problem == nil && page.faults.count == 9, "\(page.faults)")
  }
}
