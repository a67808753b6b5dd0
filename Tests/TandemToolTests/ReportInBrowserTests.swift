import Foundation
import TestSupport
import Testing

/// Pages of `report` in a real browser: nothing is missing, nothing comes from elsewhere, and
/// fingers and keys are enough.
@Suite(
  .serialized,
  .enabled(if: BrowserLook.canRun, "needs Debian's packages chromium and python3"))
struct ReportInBrowserTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for (name, model) in [("run", "mnist-cnn"), ("other", "mlp")] {
      try ToolRun(
        "train --model \(model) --data shapes:200,60 --epochs 3 --opt adam --output \(name)",
        in: folder.url
      ).expectSuccess()
    }
  }

  @Test(arguments: ["run", "run other"], [1280, 360])
  func pagesWork(runs: String, width: Int) throws {
    let made = try ToolRun("report \(runs) --output a.html --json", in: folder.url)
    made.expectSuccess()
    let look = try BrowserLook.at(folder.path("a.html"), width: width)
    #expect(look.errors == [] && look.requests == [])
    #expect(!look.wide, "wider than \(width) pixels")
    #expect(look.tabs > 10 && look.unfocused == 0)
    guard made.standardOutput.contains("\"isInteractive\" : true") else { return }
    #expect(look.canvases == 4)
    #expect(look.reading?.hasPrefix("epoch 2: ") == true, "\(look.reading ?? "")")
    #expect(look.zoomed == true)
  }

  @Test func pagesWithoutScriptsWork() throws {
    try ToolRun("report run --output b.html --no-script", in: folder.url).expectSuccess()
    let look = try BrowserLook.at(folder.path("b.html"), width: 360)
    #expect(look.errors == [] && look.requests == [] && !look.wide && look.canvases == 0)
  }

  /// Where the library is not installed curves are still drawings, and the page says so.
  @Test func pagesWithoutTheLibraryWork() throws {
    let made = try StartedTool(
      "report \(folder.path("run")) --output \(folder.path("d.html"))",
      shell: "XDG_DATA_DIRS=/nowhere exec \"$@\""
    ).end()
    #expect(made.exitCode == 0, "\(made.errors)")
    let look = try BrowserLook.at(
      folder.path("d.html"), width: 360,
      steps: """
        [{"value": "document.querySelectorAll('figure.still svg polyline').length"},
         {"value": "document.body.textContent.includes('libjs-dygraphs is not installed')"}]
        """)
    #expect(look.errors == [] && look.requests == [] && !look.wide && look.canvases == 0)
    // Loss and accuracy of training and test images, the rate, and images per second.
    #expect(look.answers == [.number(6), .truth(true)])
  }

  /// What is looked for can be found.
  @Test func faultsAreSeen() throws {
    try folder.write(
      Array(
        """
        <html><body><p style="width: 3000px">wide</p><button tabindex="-1">no</button>
        <img src="http://127.0.0.1:9/a.png"/><script>missing();</script></body></html>
        """.utf8), to: "c.html")
    let look = try BrowserLook.at(folder.path("c.html"))
    #expect(look.errors.contains { $0.contains("missing is not defined") })
    #expect(look.requests == ["http://127.0.0.1:9/a.png"])
    #expect(look.wide && look.unfocused == 1)
  }
}
