import TandemInsight

extension PageAnswer {
  /// The curves of layers over steps: `panels` with `title` and `numbers`.
  /// - Throws: `PageRefusal.notFound` where layers were not measured.
  static func layers(_ curves: LayerCurves?) throws -> PageAnswer {
    guard let curves else { throw PageRefusal.notFound }
    let panels = curves.panels(xLabel: "step", hasEmptyOnes: true).map { panel in
      JSONText.object([
        "title": JSONText.string(panel.title), "words": JSONText.string(panel.yLabel),
        "numbers": CurveFigure(panel, isLive: true).json,
      ])
    }
    return .json(JSONText.object(["panels": JSONText.array(panels)]))
  }
}
