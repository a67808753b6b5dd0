/// A part of a report with a heading of its own.
package struct ReportSection: Hashable, Sendable {
  /// What links lead to.
  package let id: String
  package let title: String
  package let content: [HTMLNode]

  package init(id: String, title: String, _ content: [HTMLNode]) {
    self.id = id
    self.title = title
    self.content = content
  }

  var node: HTMLNode {
    .element(
      "section", ["id": id, "aria-labelledby": "\(id)-title"],
      [.element("h2", ["id": "\(id)-title"], text: title)] + content)
  }
}
