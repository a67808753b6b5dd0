import TandemInsight
import TandemTensor

/// The page of a network that answers to pictures.
enum ServePage {
  /// - Parameters:
  ///   - input: `[C, H, W]`
  ///   - layer: whose maps tell what speaks for a class.
  static func answer(network: String, input: Shape, layer: String) -> PageAnswer {
    PageShell(
      title: "\(network) – Tandem", style: LiveStyle.source,
      body: [
        .element("a", ["class": "skip", "href": "#main"], text: "Skip to the drawing"),
        .element(
          "header", [:],
          [
            .element("h1", text: network),
            .element(
              "p", ["class": "quiet"],
              text:
                "Draw something, or give it a picture: it sees \(input) and says what it takes it "
                + "for. Nothing leaves this machine."),
          ]),
        .element("main", ["id": "main"], [board(isColoured: input[0] == 3), result(layer)]),
        .element(
          "footer", [:],
          [
            .element(
              "p",
              text: "At most \(ServedNetwork.mostBytes >> 20) MiB and "
                + "\(ServedNetwork.mostPixels / 1_000_000) million pixels; JPEG, PNG or WebP.")
          ]),
      ], scripts: [LiveScript.tiles, ServeScript.source]
    ).answer
  }

  private static func button(_ id: String, _ text: String, pressed: String? = nil) -> HTMLNode {
    .element(
      "button", ["type": "button", "id": id, "aria-pressed": pressed], text: text)
  }

  private static func board(isColoured: Bool) -> HTMLNode {
    let colours: [HTMLNode] =
      isColoured
      ? [
        .element(
          "label", [:],
          [
            .text("Colour "),
            .element("input", ["type": "color", "id": "colour", "value": "#ffffff"]),
          ])
      ] : []
    return .element(
      "section", ["id": "input", "aria-labelledby": "input-title"],
      [
        .element("h2", ["id": "input-title"], text: "The picture"),
        .element(
          "div", ["class": "choices"],
          [
            button("clear", "Clear"), button("paper", "Dark on light", pressed: "false"),
            .element(
              "label", [:],
              [
                .text("Brush "),
                .element(
                  "input",
                  ["type": "range", "id": "brush", "min": "1", "max": "12", "value": "6"]),
              ]),
          ] + colours),
        .element(
          "canvas",
          [
            "class": "pad", "id": "pad", "width": "336", "height": "336", "tabindex": "0",
            "role": "img",
            "aria-label":
              "Drawing board. Arrow keys move the brush, space puts it down and lifts it.",
          ]),
        .element(
          "div", ["class": "choices"],
          [
            .element(
              "label", [:],
              [
                .text("Or a file "),
                .element(
                  "input",
                  ["type": "file", "id": "file", "accept": "image/jpeg,image/png,image/webp"]),
              ])
          ]),
        .element("p", ["id": "words", "class": "answer quiet", "role": "status"]),
      ])
  }

  private static func result(_ layer: String) -> HTMLNode {
    .element(
      "section", ["id": "result", "aria-labelledby": "result-title"],
      [
        .element("h2", ["id": "result-title"], text: "The answer"),
        .element("ul", ["id": "bars", "class": "bars"]),
        .element("div", ["class": "choices", "id": "which"]),
        .element(
          "div", ["class": "board seen", "id": "seen", "hidden": "hidden"],
          [
            .element(
              "figure", [:],
              [
                .element(
                  "img", ["id": "as-seen", "src": "data:,", "alt": "What the network sees"]),
                .element("figcaption", text: "What the network sees"),
              ]),
            .element(
              "figure", [:],
              [
                .element("img", ["id": "evidence", "src": "data:,", "alt": "What speaks for it"]),
                .element(
                  "figcaption", ["id": "evidence-words"],
                  text: "Grad-CAM of \(layer): light where the picture speaks for the class"),
              ]),
          ]),
      ])
  }
}
