import Foundation
import TestSupport
import Testing

/// The pages in a real browser: they load without an error, their curves move, controls arrive, and
/// a phone and a keyboard are enough.
@Suite(
  .serialized,
  .enabled(if: BrowserLook.canRun, "needs Debian's packages chromium and python3"))
struct LiveInBrowserTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func train(_ options: String = "", shell: String = "exec \"$@\"") throws -> ServedPage {
    try ServedPage(
      StartedTool(
        "train --model lenet --data shapes:3000,100 --batch-size 20 --opt sgd --momentum 0.9 "
          + "--epochs 4000 --live 0 --output \(folder.path("run")) \(options)", shell: shell))
  }

  /// Where no library is found.
  private static let withoutLibrary = "XDG_DATA_DIRS=/nowhere exec \"$@\""

  private func stop(_ page: ServedPage) throws {
    try page.control("do=stop")
    #expect(try page.tool.end().exitCode == 0)
  }

  private static let step =
    "Number(document.getElementById('card-step').textContent.replaceAll(',', ''))"

  @Test(arguments: [1280, 390])
  func aTrainingIsSeen(width: Int) throws {
    let page = try train()
    let look = try BrowserLook.at(
      page.address, width: width,
      steps: """
        [{"wait": "\(Self.step) > 20"},
         {"value": "window.before = \(Self.step)"},
         {"wait": "\(Self.step) > window.before + 50"},
         {"wait": "document.querySelectorAll('#chart-loss .live canvas').length > 0"},
         {"value": "document.querySelector('#chart-loss .live').focus()"},
         {"press": "End"},
         {"wait": "document.querySelector('#chart-loss .reading').textContent.startsWith('step ')"},
         {"value": "document.getElementById('predictions').scrollIntoView()"},
         {"wait": "document.querySelectorAll('#predictions-list .bars li').length >= 24"},
         {"value": "document.getElementById('batch').scrollIntoView()"},
         {"wait": "document.querySelectorAll('#batch-list canvas').length === 20"},
         {"value": "document.getElementById('activations').scrollIntoView()"},
         {"wait": "document.querySelectorAll('#activations-list canvas').length > 5"},
         {"wait": "document.querySelectorAll('#filters-list canvas').length === 6"},
         {"value": "document.getElementById('state').textContent"},
         {"value": "document.title"}]
        """)
    #expect(look.errors == [] && look.requests == [])
    #expect(!look.wide, "wider than \(width) pixels")
    #expect(look.unfocused == 0 && look.tabs > 10)
    let truths = look.answers.filter { if case .truth = $0 { true } else { false } }
    #expect(truths.count == 8 && !truths.contains(.truth(false)), "\(look.answers)")
    #expect(
      look.answers.contains(.text("training")) || look.answers.contains(.text("evaluating")))
    #expect(look.answers.last == .text("lenet on shapes – Tandem live"))
    try stop(page)
  }

  /// The library is there, so that what is missing below is missing on purpose.
  @Test(arguments: [1280, 390])
  func curvesWithoutTheLibraryAreSeen(width: Int) throws {
    let page = try train("--layer-statistics", shell: Self.withoutLibrary)
    // Whether something of a colour is drawn in the part of a chart that has the lines.
    let drawn = """
      (function () {
        var canvas = document.querySelector('#chart-loss canvas.plain');
        var pixels = canvas.getContext('2d').getImageData(70, 0, canvas.width - 90, canvas.height).data;
        for (var at = 0; at < pixels.length; at += 4) {
          if (pixels[at + 3] > 200 && pixels[at + 2] > pixels[at] + 80) { return true; }
        }
        return false;
      })()
      """.replacing("\n", with: " ")
    let look = try BrowserLook.at(
      page.address, width: width,
      steps: """
        [{"value": "typeof Dygraph"},
         {"wait": "\(Self.step) > 20"},
         {"wait": "\(drawn)"},
         {"value": "document.querySelector('#chart-loss .live').focus()"},
         {"press": "End"},
         {"wait": "document.querySelector('#chart-loss .reading').textContent.startsWith('step ')"},
         {"press": "Home"},
         {"wait": "parseInt(document.querySelector('#chart-loss .reading').textContent.slice(5)) < 100"},
         {"wait": "!document.getElementById('layers').hidden"},
         {"value": "document.getElementById('layers').scrollIntoView()"},
         {"wait": "document.querySelectorAll('#layers-legend li').length === 5"},
         {"value": "document.querySelectorAll('canvas.plain').length"}]
        """)
    #expect(look.errors == [] && look.requests == [] && !look.wide && look.unfocused == 0)
    #expect(
      look.answers == [
        .text("undefined"), .truth(true), .truth(true), .truth(true), .truth(true), .truth(true),
        .truth(true), .number(8),
      ], "\(look.answers)")
    try stop(page)
  }

  @Test func controlsArriveByPointerAndKeys() throws {
    let page = try train()
    let look = try BrowserLook.at(
      page.address, width: 390,
      steps: """
        [{"wait": "\(Self.step) > 5"},
         {"click": "#rate"}, {"type": "0.0125"}, {"press": "Enter"},
         {"wait": "document.getElementById('rate-words').textContent.includes('0.0125')"},
         {"click": "#momentum"}, {"type": "0.25"}, {"press": "Tab"}, {"press": "Enter", "text": "\\r"},
         {"wait": "document.getElementById('momentum-words').textContent.includes('0.25')"},
         {"click": "#pause"},
         {"wait": "document.getElementById('state').textContent === 'paused'"},
         {"click": "#pause"},
         {"wait": "document.getElementById('state').textContent === 'training'"},
         {"click": "#rate"}, {"type": "x"}, {"press": "Enter"},
         {"wait": "document.getElementById('answer').classList.contains('bad')"},
         {"click": "#stop"},
         {"wait": "document.getElementById('stop').textContent.includes('again')"},
         {"click": "#stop"},
         {"wait": "/finished|nothing is heard/.test(document.getElementById('state').textContent)"}]
        """)
    // The page hears no more of a training that has ended; nothing else may be wrong.
    #expect(look.errors.allSatisfy { $0.contains("400") || $0.contains("ERR_") }, "\(look.errors)")
    #expect(look.answers == Array(repeating: .truth(true), count: 8))
    #expect(try page.tool.end().exitCode == 0)
    let record = try folder.text("run/run.json")
    #expect(record.contains("\"learningRate\" : 0.0125") && record.contains("\"momentum\" : 0.25"))
    for action in ["pause", "continue", "stop"] {
      #expect(record.contains("\"action\" : \"\(action)\""))
    }
  }

  @Test(arguments: [1280, 390])
  func aFolderIsSeen(width: Int) throws {
    try ToolRun(
      "train --model lenet --data shapes:300,60 --epochs 3 --layer-statistics --output run",
      in: folder.url
    ).expectSuccess()
    let page = try ServedPage(StartedTool("live \(folder.path("run")) --port 0"))
    let look = try BrowserLook.at(
      page.address, width: width,
      steps: """
        [{"wait": "document.getElementById('card-epoch').textContent === '3 / 3'"},
         {"value": "document.getElementById('filters').scrollIntoView()"},
         {"wait": "document.querySelectorAll('#filters-list canvas').length === 6"},
         {"wait": "document.querySelectorAll('#chart-loss .live canvas').length > 0"},
         {"value": "document.querySelectorAll('#controls button').length"},
         {"value": "document.getElementById('layers').scrollIntoView()"},
         {"wait": "document.querySelectorAll('#layers-legend li').length === 5"},
         {"wait": "document.querySelectorAll('#layers .live canvas').length === 6"},
         {"value": "document.querySelector('#chart-layers-1 .live').focus()"},
         {"press": "End"},
         {"wait": "document.querySelector('#chart-layers-1 .reading').textContent.startsWith('step 15: conv1 ')"}]
        """)
    #expect(look.errors == [] && look.requests == [] && !look.wide && look.unfocused == 0)
    #expect(
      look.answers == [
        .truth(true), .truth(true), .truth(true), .number(0), .truth(true), .truth(true),
        .truth(true),
      ], "\(look.answers)")
    page.tool.send(SIGTERM)
    _ = try page.tool.end()
  }

  @Test(arguments: [1280, 390])
  func aDrawingIsAnswered(width: Int) throws {
    try ToolRun(
      "train --model mnist-cnn --data shapes:600,60 --epochs 2 --opt adam --output run",
      in: folder.url
    ).expectSuccess()
    let page = try ServedPage(StartedTool("serve \(folder.path("run")) --port 0"))
    let look = try BrowserLook.at(
      page.address, width: width,
      steps: """
        [{"drag": "#pad", "to": [[0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7], [0.3, 0.3]]},
         {"wait": "document.querySelectorAll('#bars li').length >= 3"},
         {"wait": "document.getElementById('evidence').src.startsWith('data:image/png')"},
         {"value": "window.before = document.getElementById('bars').textContent; ''"},
         {"click": "#clear"},
         {"wait": "document.querySelectorAll('#bars li').length === 0"},
         {"value": "document.getElementById('pad').focus()"},
         {"press": " "}, {"press": "ArrowLeft"}, {"press": "ArrowLeft"}, {"press": "ArrowUp"},
         {"wait": "document.querySelectorAll('#bars li').length >= 3"},
         {"value": "window.since = performance.now(); ''"},
         {"wait": "performance.now() > window.since + 1500"},
         {"click": "#which button:nth-child(2)"},
         {"wait": "document.querySelector('#which button:nth-child(2)').getAttribute('aria-pressed') === 'true'"}]
        """)
    #expect(look.errors == [] && look.requests == [] && !look.wide && look.unfocused == 0)
    #expect(
      look.answers == [
        .truth(true), .truth(true), .text(""), .truth(true), .truth(true), .text(""), .truth(true),
        .truth(true),
      ])
    page.tool.send(SIGTERM)
    _ = try page.tool.end()
  }
}
