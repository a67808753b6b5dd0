import Foundation
import TandemInsight

/// The page of a training that runs, or of a run's folder.
package enum LivePage {
  /// - Parameters:
  ///   - canControl: whether the page may change anything.
  ///   - library: draws curves that answer to a pointer; nil for plain ones.
  package static func answer(canControl: Bool, library: ChartLibrary? = .installed()) -> PageAnswer
  {
    PageShell(
      title: "Tandem live",
      style: (library.map { $0.style + "\n" } ?? "") + LiveStyle.source,
      body: body(canControl: canControl, library),
      scripts: (library.map { [$0.script] } ?? []) + [
        LiveScript.curves, LiveScript.tiles, LiveScript.page,
      ]
    ).answer
  }

  private static func body(canControl: Bool, _ library: ChartLibrary?) -> [HTMLNode] {
    [
      .element("a", ["class": "skip", "href": "#main"], text: "Skip to the curves"),
      .element(
        "header", [:],
        [
          .element("h1", ["id": "title"], text: "Tandem"),
          .element("p", ["class": "quiet", "id": "what"], text: ""),
          .element(
            "p", [:],
            [
              .element("span", ["id": "state", "class": "state", "role": "status"], text: "…"),
              .text(" "), .element("span", ["id": "place", "class": "quiet"]),
            ]),
          .element("dl", ["class": "cards"], cards),
          .element("div", ["id": "notes", "class": "note", "hidden": "hidden"]),
        ]),
      .element(
        "main", ["id": "main"],
        [canControl ? controls : readOnly, curves] + pictures + [layers, changes]),
      footer(library),
    ]
  }

  private static var cards: [HTMLNode] {
    [
      ("epoch", "Epoch"), ("step", "Step"), ("loss", "Loss"), ("accuracy", "Accuracy"),
      ("rate", "Learning rate"), ("speed", "Images/s"),
    ].map { id, name in
      .element(
        "div", [:], [.element("dt", text: name), .element("dd", ["id": "card-\(id)"], text: "–")])
    }
  }

  // MARK: Controls

  private static func section(
    _ id: String, _ title: String, _ content: [HTMLNode], isHidden: Bool = false
  ) -> HTMLNode {
    .element(
      "section",
      ["id": id, "aria-labelledby": "\(id)-title", "hidden": isHidden ? "hidden" : nil],
      [.element("h2", ["id": "\(id)-title"], text: title)] + content)
  }

  private static func button(
    _ id: String, _ text: String, _ request: String? = nil, value: String? = nil
  ) -> HTMLNode {
    .element(
      "button", ["type": "button", "id": id, "data-do": request, "data-value": value], text: text)
  }

  private static var controls: HTMLNode {
    section(
      "controls", "Controls",
      [
        .element(
          "div", ["class": "controls"],
          [
            .element(
              "fieldset", [:],
              [
                .element("legend", ["id": "rate-words"], text: "Learning rate"),
                .element(
                  "input",
                  [
                    "type": "text", "id": "rate", "inputmode": "decimal", "autocomplete": "off",
                    "aria-label": "New learning rate",
                  ]),
                button("rate-set", "Set", "learningRate"),
                button("rate-half", "× ½", "rateTimes", value: "0.5"),
                button("rate-double", "× 2", "rateTimes", value: "2"),
                button("rate-schedule", "As scheduled", "learningRateFactor", value: "1"),
              ]),
            .element(
              "fieldset", ["id": "momentum-box"],
              [
                .element("legend", ["id": "momentum-words"], text: "Momentum"),
                .element(
                  "input",
                  [
                    "type": "text", "id": "momentum", "inputmode": "decimal",
                    "autocomplete": "off", "aria-label": "New momentum",
                  ]),
                button("momentum-set", "Set", "momentum"),
              ]),
            .element(
              "fieldset", [:],
              [
                .element("legend", text: "Training"),
                button("pause", "Pause", "pause"),
                button("save", "Save a checkpoint", "save"),
                .element(
                  "button", ["type": "button", "id": "stop", "class": "danger", "data-do": "stop"],
                  text: "Stop"),
              ]),
          ]),
        .element("p", ["id": "answer", "class": "answer quiet", "role": "status"]),
      ])
  }

  private static var readOnly: HTMLNode {
    section(
      "controls", "Controls",
      [
        .element(
          "p", ["class": "quiet"],
          text: "This page reads the folder of a run and changes nothing. A training is changed on "
            + "the page that it serves itself.")
      ])
  }

  // MARK: What is shown

  private static var curves: HTMLNode {
    let figures = [
      ("loss", "Loss"), ("accuracy", "Accuracy"), ("rate", "Learning rate"), ("speed", "Images/s"),
    ].map { chart(id: $0, title: $1) }
    return section(
      "curves", "Curves",
      [
        .element("ul", ["class": "legend", "id": "legend"]),
        .element("div", ["class": "charts"], figures),
      ])
  }

  private static func chart(id: String, title: String) -> HTMLNode {
    .element(
      "figure", ["class": "chart", "id": "chart-\(id)"],
      [
        .element("h3", text: title),
        .element(
          "div",
          [
            "class": "live", "tabindex": "0", "role": "application",
            "aria-label": "\(title) over steps. Arrow keys go from point to point.",
          ]),
        .element("p", ["class": "reading"], text: ""),
      ])
  }

  /// Titles and lines come with the numbers.
  private static var layers: HTMLNode {
    section(
      "layers", "Layers",
      [
        .element("ul", ["class": "legend", "id": "layers-legend"]),
        .element(
          "div", ["class": "charts"],
          (0..<4).map { chart(id: "layers-\($0)", title: "Layers' course") }),
      ], isHidden: true)
  }

  private static func shown(
    _ kind: SnapshotKind, _ title: String, _ words: String, list: String,
    choices: [HTMLNode] = []
  ) -> HTMLNode {
    section(
      kind.rawValue, title,
      [.element("p", ["class": "quiet", "id": "\(kind.rawValue)-words"], text: words)] + choices
        + [.element("ul", ["class": list, "id": "\(kind.rawValue)-list"])],
      isHidden: true)
  }

  private static var pictures: [HTMLNode] {
    [
      shown(.predictions, "Images that it is not trained on", "", list: "cardlist"),
      shown(.batch, "The present mini-batch", "", list: "tiles"),
      shown(.filters, "Filters of the first convolution", "", list: "tiles small"),
      shown(
        .activations, "What a layer puts out", "", list: "tiles small",
        choices: [
          .element(
            "div", ["class": "choices"],
            [
              .element(
                "label", [:],
                [.text("Layer "), .element("select", ["id": "layer"], [.text("")])]),
              .element(
                "label", [:],
                [.text("Image "), .element("select", ["id": "image"], [.text("")])]),
            ])
        ]),
    ]
  }

  private static var changes: HTMLNode {
    section(
      "changes", "Changes",
      [
        .element("p", ["id": "no-changes", "class": "quiet"], text: "Nothing was changed so far."),
        .element("ul", ["id": "change-list", "class": "log"]),
      ])
  }

  private static func footer(_ library: ChartLibrary?) -> HTMLNode {
    var nodes = [
      HTMLNode.element(
        "p", text: "Served by Tandem itself; nothing comes from or goes to anywhere else.")
    ]
    if let library {
      nodes.append(
        .element(
          "details", [:],
          [
            .element("summary", text: "Curves are drawn by dygraphs; its authors and licence"),
            .element(
              "pre", [:],
              library.licence.replacing("\t", with: "  ").components(separatedBy: "\n").map {
                .list([.text($0), .lineEnd])
              }),
          ]))
    }
    return .element("footer", [:], nodes)
  }
}
