import TandemProcess

/// A piece of a page: text, an element, or several of them. Whatever text is put in is shown as
/// text: names from files can hold tags, quotes and marks that nobody sees.
///
/// The source is well-formed XML as well as HTML 5, so that it can be checked by any parser.
package struct HTMLNode: Hashable, Sendable {
  package let source: String

  /// - Parameter source: of nodes, well-formed.
  private init(source: String) {
    self.source = source
  }

  package static let nothing = HTMLNode(source: "")
  package static let lineEnd = HTMLNode(source: "\n")

  package static func text(_ text: String) -> HTMLNode { HTMLNode(source: escaped(text)) }

  package static func list(_ nodes: [HTMLNode]) -> HTMLNode {
    HTMLNode(source: nodes.map(\.source).joined())
  }

  /// Those that have no end.
  private static let voidElements: Set<String> = [
    "img", "meta", "br", "link", "rect", "line", "path", "input",
  ]

  package static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String?> = [:], _ children: [HTMLNode] = []
  ) -> HTMLNode {
    let given = attributes.compactMap { name, value in
      value.map { " \(name)=\"\(escaped($0))\"" }
    }.joined()
    if voidElements.contains(name) {
      precondition(children.isEmpty, "\(name) holds nothing")
      return HTMLNode(source: "<\(name)\(given) />")
    }
    return HTMLNode(source: "<\(name)\(given)>\(list(children).source)</\(name)>")
  }

  package static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String?> = [:], text: String
  ) -> HTMLNode {
    element(name, attributes, [.text(text)])
  }

  /// A script or a style sheet, of which nothing is escaped.
  /// - Parameters:
  ///   - source: has no end of a script and none of a CDATA section in it.
  ///   - nonce: by which the page's policy knows it; nil where it goes by none.
  package static func code(
    _ name: String, _ source: String, nonce: String? = nil
  ) -> HTMLNode {
    precondition(isSafe(source), "the \(name) would end too early")
    let attribute = nonce.map { " nonce=\"\(escaped($0))\"" } ?? ""
    return HTMLNode(source: "<\(name)\(attribute)>/*<![CDATA[*/\n\(source)\n/*]]>*/</\(name)>\n")
  }

  /// Whether a script or style sheet ends nowhere but at its end.
  package static func isSafe(_ source: String) -> Bool {
    let text = source.lowercased()
    return !["]]>", "</script", "</style", "<!--"].contains { text.contains($0) }
  }

  /// Numbers and names for a script, as JSON that is text in HTML, too.
  /// - Parameter json: of which `<`, `>` and `&` may be only in strings, where JSON has escapes.
  package static func data(_ json: String) -> HTMLNode {
    let safe = json.replacing("<", with: "\\u003c").replacing(">", with: "\\u003e")
      .replacing("&", with: "\\u0026")
    return HTMLNode(source: "<script type=\"application/json\">\(safe)</script>\n")
  }

  /// The text with references in place of what has a meaning in HTML, and with escapes in place of
  /// what nobody could see.
  static func escaped(_ text: String) -> String {
    text.escaped.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      .replacing(">", with: "&gt;").replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
  }
}
