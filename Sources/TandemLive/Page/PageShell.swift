import TandemInsight

/// What the pages have in common: everything is in them, nothing comes from elsewhere, and only
/// scripts that are meant run.
struct PageShell: Sendable {
  let title: String
  /// Below the common one.
  let style: String
  let body: [HTMLNode]
  let scripts: [String]
  /// A word that nobody can guess, for the policy.
  private let nonce = PageAccess.makeToken()

  init(title: String, style: String, body: [HTMLNode], scripts: [String]) {
    self.title = title
    self.style = style
    self.body = body
    self.scripts = scripts
  }

  /// Scripts are known by the nonce. Styles may be in elements, where dygraphs puts some.
  var policy: String {
    "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'unsafe-inline'; "
      + "img-src data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
      + "frame-ancestors 'none'"
  }

  var source: String {
    "<!DOCTYPE html>\n"
      + HTMLNode.element(
        "html", ["lang": "en", "xmlns": "http://www.w3.org/1999/xhtml"],
        [
          .element(
            "head", [:],
            [
              .element("meta", ["charset": "utf-8"]),
              .element(
                "meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
              // Else browsers ask for one, without a token.
              .element("link", ["rel": "icon", "href": "data:,"]),
              .element("title", text: title),
              .code("style", ReportScript.style + "\n" + style),
            ]),
          .element("body", [:], body + scripts.map { .code("script", $0, nonce: nonce) }),
        ]
      ).source + "\n"
  }

  var answer: PageAnswer { .page(source, policy: policy) }
}
