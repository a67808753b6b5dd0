import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// A page as an XML parser sees it, which forgives nothing.
final class ParsedPage: NSObject, XMLParserDelegate {
  struct Element {
    let name: String
    let attributes: [String: String]
  }

  private(set) var elements: [Element] = []
  /// All text but that of scripts and styles.
  private(set) var text = ""
  /// What the parser says is wrong; nil for a page that is well-formed.
  private(set) var problem: String?
  private var open: [String] = []

  init(_ source: Data) {
    super.init()
    let parser = XMLParser(data: source)
    parser.delegate = self
    if !parser.parse() || parser.parserError != nil, problem == nil {
      problem = "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "?")"
    }
  }

  func parser(
    _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
    qualifiedName qName: String?, attributes attributeDict: [String: String] = [:]
  ) {
    open.append(elementName)
    elements.append(Element(name: elementName, attributes: attributeDict))
  }

  func parser(
    _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?,
    qualifiedName qName: String?
  ) {
    open.removeLast()
    text += " "
  }

  func parser(_ parser: XMLParser, parseErrorOccurred parseError: any Error) {
    problem = problem ?? "line \(parser.lineNumber): \(parseError)"
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if open.last != "script", open.last != "style" { text += string }
  }

  func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }

  /// What does not suit a page that everybody can read, off-line.
  var faults: [String] {
    var faults = problem.map { [$0] } ?? []
    if all("html").first?.attributes["lang"]?.isEmpty != false { faults.append("no language") }
    if all("title").count != 1 { faults.append("no title") }
    if !elements.contains(where: { $0.attributes["name"] == "viewport" }) {
      faults.append("no width for phones")
    }
    for image in all("img") {
      if image.attributes["alt"]?.isEmpty != false { faults.append("a picture without words") }
      if image.attributes["src"]?.hasPrefix("data:") != true { faults.append("a foreign picture") }
    }
    let ids = elements.compactMap { $0.attributes["id"] }
    if Set(ids).count != ids.count { faults.append("an id is there twice") }
    for element in elements {
      for (name, value) in element.attributes where ["href", "src"].contains(name) {
        if value.hasPrefix("#"), !ids.contains(String(value.dropFirst())) {
          faults.append("a link to \(value), which is not there")
        }
        if !value.hasPrefix("#"), !value.hasPrefix("data:") { faults.append("\(name) \(value)") }
      }
    }
    let policy = elements.first { $0.attributes["http-equiv"] == "Content-Security-Policy" }
    if policy?.attributes["content"]?.hasPrefix("default-src 'none';") != true {
      faults.append("no policy")
    }
    return faults
  }
}
