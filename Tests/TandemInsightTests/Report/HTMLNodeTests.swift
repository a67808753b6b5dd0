import Foundation
import TandemInsight
import Testing

/// Text in pages is text, whatever it holds.
@Suite struct HTMLNodeTests {
  @Test func textIsEscaped() {
    let text = "<script>alert('x')</script> & \"more\""
    #expect(
      HTMLNode.text(text).source
        == "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;more&quot;")
    #expect(
      HTMLNode.element("p", ["title": "a\"b<c"], text: "d&e").source
        == "<p title=\"a&quot;b&lt;c\">d&amp;e</p>")
    #expect(HTMLNode.element("img", ["src": "a", "alt": nil]).source == "<img src=\"a\" />")
    // What steers a terminal, turns the writing round or ends XML is told and not done.
    #expect(HTMLNode.text("a\u{0}\u{1B}[2Jb\u{202E}c\u{FFFF}").source.allSatisfy { $0.isASCII })
  }

  @Test func codeThatWouldEndTooEarlyIsNoCode() {
    #expect(HTMLNode.isSafe("if (a < b && c) { d = '<p>'; }"))
    for wrong in ["a = '</SCRIPT>'", "x[y[0]]>z", "</style>", "<!-- a"] {
      #expect(!HTMLNode.isSafe(wrong))
    }
  }

  @Test func dataCannotEndTheirScript() {
    let source = HTMLNode.data(#"{"name": "</script><b>&"}"#).source
    #expect(source.contains(#"\u003c/script\u003e\u003cb\u003e\u0026"#))
    #expect(source.components(separatedBy: "</").count == 2)
  }

  @Test func matricesAreReadable() {
    let source = ReportTable.matrix(["<a>", "b"], [[3, 0], [1, 2]]).source
    #expect(
      source.contains("&lt;a&gt;") && source.contains(">3</td>") && source.contains(">·</td>"))
    #expect(source.components(separatedBy: "scope=\"row\"").count == 3)
    // All of a class right: the full colour, with white words.
    #expect(source.contains("background:rgb(0,114,178);color:#ffffff"))
  }

  @Test func curvesHaveWordsAndNumbers() throws {
    let line = PlotSeries(
      "r & s, test", [.init(1, 0.5), .init(2, 0.25)], colour: 1,
      mark: .init(.init(2, 0.25), "epoch 2"))
    let panel = PlotPanel(title: "Loss", xLabel: "epoch", yLabel: "mean loss", series: [line])
    let still = CurveFigure(panel, isLive: false).node.source
    #expect(still.contains("role=\"img\"") && still.contains("r &amp; s, test: 0.5 at epoch 1"))
    #expect(still.contains("<polyline") && !still.contains("<script"))
    let live = CurveFigure(panel, isLive: true).node.source
    let json = try #require(
      live.components(separatedBy: "<script type=\"application/json\">").last?
        .components(separatedBy: "</script>").first)
    let data = try #require(
      try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect(data["rows"] as? [[Double]] == [[1, 0.5], [2, 0.25]])
    #expect(data["names"] as? [String] == ["r & s, test"])
    let none = PlotPanel(title: "Loss", xLabel: "epoch", yLabel: "y", series: [])
    #expect(CurveFigure(none, isLive: false).node.source.contains("not measured"))
  }
}
