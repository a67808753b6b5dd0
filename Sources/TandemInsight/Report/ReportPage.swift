/// A page that a browser shows without a network: all that it needs is in it, and its policy lets
/// nothing in from elsewhere.
package struct ReportPage: Sendable {
  package var title: String
  /// A line below the title.
  package var subtitle: String
  /// Numbers to see first, each with what it is.
  package var figures: [(name: String, value: String)] = []
  /// What could not be shown, and why; a line each.
  package var missing: [String] = []
  package var sections: [ReportSection] = []
  /// The last line.
  package var closing = ""
  /// nil for curves that are still.
  package var library: ChartLibrary?

  package init(title: String, subtitle: String) {
    self.title = title
    self.subtitle = subtitle
  }

  /// The page as the text of a file.
  package var source: String {
    "<!DOCTYPE html>\n"
      + HTMLNode.element(
        "html", ["lang": "en", "xmlns": "http://www.w3.org/1999/xhtml"], [head, body]
      ).source + "\n"
  }

  private var hasCharts: Bool {
    library != nil
      && sections.contains { $0.content.contains { $0.source.contains("class=\"chart") } }
  }

  private var head: HTMLNode {
    .element(
      "head", [:],
      [
        .element("meta", ["charset": "utf-8"]),
        .element(
          "meta", ["http-equiv": "Content-Security-Policy", "content": ReportScript.policy]),
        .element(
          "meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        .element("title", text: title),
        .code(
          "style", (hasCharts ? library.map { $0.style + "\n" } ?? "" : "") + ReportScript.style),
      ])
  }

  private var body: HTMLNode {
    .element(
      "body", [:],
      [
        .element("a", ["class": "skip", "href": "#main"], text: "Skip to the report"),
        .element("header", [:], headerNodes), navigation,
        .element("main", ["id": "main"], missingNote + sections.map(\.node)), footer,
      ] + scripts)
  }

  private var headerNodes: [HTMLNode] {
    let cards = figures.map { name, value in
      HTMLNode.element("div", [:], [.element("dt", text: name), .element("dd", text: value)])
    }
    return [.element("h1", text: title), .element("p", ["class": "quiet"], text: subtitle)]
      + (cards.isEmpty ? [] : [.element("dl", ["class": "cards"], cards)])
  }

  private var navigation: HTMLNode {
    .element(
      "nav", ["aria-label": "Sections"],
      sections.map { .element("a", ["href": "#\($0.id)"], text: $0.title) })
  }

  private var missingNote: [HTMLNode] {
    if missing.isEmpty { return [] }
    return [
      .element(
        "section", ["id": "missing", "aria-labelledby": "missing-title"],
        [
          .element("h2", ["id": "missing-title"], text: "What this report lacks"),
          .element(
            "div", ["class": "note"],
            [.element("ul", [:], missing.map { .element("li", text: $0) })]),
        ])
    ]
  }

  private var footer: HTMLNode {
    var nodes = [HTMLNode.element("p", text: closing)]
    if hasCharts, let library {
      nodes.append(
        .element(
          "details", [:],
          [
            .element("summary", text: "Curves are drawn by dygraphs; its authors and licence"),
            .element("pre", [:], library.licence.components(separatedBy: "\n").map(line)),
          ]))
    }
    return .element("footer", [:], nodes)
  }

  private func line(_ text: String) -> HTMLNode {
    .list([.text(text.replacing("\t", with: "  ")), .lineEnd])
  }

  private var scripts: [HTMLNode] {
    guard hasCharts, let library else { return [] }
    return [.code("script", library.script), .code("script", ReportScript.source)]
  }
}
