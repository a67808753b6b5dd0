extension PlacementSummary {
  /// What each device of a model group computes, layer by layer, with a line across wherever they
  /// exchange activations; the layers with weights only. As figure 2 of Krizhevsky et al. 2012,
  /// turned by 90°.
  func picture() -> String {
    let columns = mesh.model
    let notable = layers.filter(\.isNotable)
    let cells = notable.map { layer in
      layer.channels.map { channels in
        cell(layer, channels: channels.count)
      }
    }
    let titles = (0..<columns).map { "device \($0)" }
    let width = max(cells.joined().map(\.count).max() ?? 0, titles[0].count) + 2
    let nameWidth = layers.map(\.name.count).max() ?? 0

    func padded(_ text: String, to width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    func centred(_ text: String) -> String {
      let space = width - text.count
      return String(repeating: " ", count: space / 2) + padded(text, to: width - space / 2)
    }
    func edge(_ left: String, _ right: String) -> String {
      let line = String(repeating: "─", count: width)
      return padded("", to: nameWidth + 2)
        + (0..<columns).map { _ in left + line + right }.joined(separator: "   ")
    }
    /// The boxes side by side, or joined where something crosses.
    func row(_ name: String, _ texts: [String], joint: String = "   ") -> String {
      padded(name, to: nameWidth + 2)
        + texts.map { "│" + centred($0) + "│" }.joined(separator: joint)
    }
    var lines = [
      padded("", to: nameWidth + 2)
        + titles.map { " " + centred($0) + " " }.joined(separator: "   ")
    ]
    lines.append(edge("┌", "┐"))
    var isFirst = true
    // Of layers between those with weights, whatever crosses before them shows above the next one.
    var pending: [CrossingSummary] = []
    for layer in layers {
      pending += crossings.filter { $0.before[0] == layer.name }
      guard let place = notable.firstIndex(of: layer) else { continue }
      if !pending.isEmpty, !isFirst {
        let bytes = pending.reduce(0) { $0 + $1.bytesSentForward }
        let texts = (0..<columns).map { _ in String(repeating: "═", count: width) }
        lines.append(
          padded("", to: nameWidth + 2)
            + texts.map { "╞" + $0 + "╡" }.joined(separator: "═══")
            + "  \(decimals(Double(bytes) / 1e6, 2)) MB")
      }
      pending = []
      isFirst = false
      lines.append(row(layer.name, cells[place]))
    }
    lines.append(edge("└", "┘"))
    return lines.map { String($0.reversed().drop { $0 == " " }.reversed()) }.joined(separator: "\n")
  }

  private func cell(_ layer: LayerPlacement, channels: Int) -> String {
    let maps = ([channels] + layer.shape.dimensions.dropFirst()).map(String.init)
      .joined(separator: "×")
    return layer.hasOwnImages ? "1/\(mesh.model) of images, \(maps)" : maps
  }
}
