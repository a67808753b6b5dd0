/// A table of a page.
package struct ReportTable {
  /// What a column holds.
  package enum Column: Hashable, Sendable {
    case words(String)
    case numbers(String)

    fileprivate var title: String {
      switch self {
      case .words(let title), .numbers(let title): title
      }
    }

    fileprivate var style: String? {
      switch self {
      case .words: nil
      case .numbers: "number"
      }
    }
  }

  private let columns: [Column]
  private let rows: [[String]]
  private let caption: String?
  private let style: String?

  package init(
    _ columns: [Column], _ rows: [[String]], caption: String? = nil, style: String? = nil
  ) {
    self.columns = columns
    self.rows = rows
    self.caption = caption
    self.style = style
  }

  package var node: HTMLNode {
    let titles = columns.map {
      HTMLNode.element("th", ["scope": "col", "class": $0.style], text: $0.title)
    }
    let lines = rows.map { row in
      HTMLNode.element(
        "tr", [:], zip(columns, row).map { .element("td", ["class": $0.style], text: $1) })
    }
    return Self.wide(
      .element(
        "table", ["class": style],
        (caption.map { [.element("caption", text: $0)] } ?? []) + [
          .element("thead", [:], [.element("tr", [:], titles)]), .element("tbody", [:], lines),
        ]), label: caption ?? columns.map(\.title).joined(separator: ", "))
  }

  /// What may be wider than the page scrolls by itself, with the keyboard too.
  private static func wide(_ table: HTMLNode, label: String) -> HTMLNode {
    .element(
      "div", ["class": "wide", "tabindex": "0", "role": "group", "aria-label": label], [table])
  }

  /// How often images of one class were taken for another: a row for each class, shaded by the
  /// share of the class's images.
  /// - Parameter counts: `[label][predicted]`, as many rows and columns as names.
  package static func matrix(_ names: [String], _ counts: [[Int]]) -> HTMLNode {
    let corner = HTMLNode.element("td", text: "is \\ taken for")
    let head = names.map { HTMLNode.element("th", ["scope": "col"], text: $0) }
    let rows = zip(names, counts).enumerated().map { label, row in
      let total = row.1.reduce(0, +)
      let cells = row.1.enumerated().map { predicted, count in
        HTMLNode.element(
          "td", ["style": shade(count, of: total, isRight: label == predicted)],
          text: count == 0 ? "·" : "\(count)")
      }
      return HTMLNode.element(
        "tr", [:], [.element("th", ["scope": "row"], text: row.0)] + cells)
    }
    return wide(
      .element(
        "table", ["class": "matrix"],
        [
          .element(
            "caption",
            text: "Rows are classes, columns what their images were taken for: right ones blue, "
              + "mistakes orange, darker for more of the class."),
          .element("thead", [:], [.element("tr", [:], [corner] + head)]),
          .element("tbody", [:], rows),
        ]), label: "Confusion matrix")
  }

  /// Mistakes are few, so their shades begin darker. Words stay legible on all of them.
  private static func shade(_ count: Int, of total: Int, isRight: Bool) -> String {
    if count == 0 { return "background:#f6f6f3;color:#5d6168" }
    let share = Double(count) / Double(max(1, total))
    let full = isRight ? Colour(0x00_72_B2) : Colour(0xD5_5E_00)
    let colour = Colour.paper.mixed(
      with: full, share: isRight ? 0.1 + 0.9 * share : 0.2 + 0.8 * share)
    let bytes = colour.bytes.map { "\($0)" }.joined(separator: ",")
    return "background:rgb(\(bytes));color:\(colour.lightness < 0.55 ? "#ffffff" : "#22242a")"
  }
}
