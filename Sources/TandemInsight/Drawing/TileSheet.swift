import TandemImage

/// Panels side by side or one below the other, each with a heading and pictures in rows.
package struct TileSheet {
  package struct Tile {
    package let picture: Picture
    /// Below the picture; none if empty.
    package let label: String
    /// Drawn pale and crossed out.
    package let isDead: Bool

    package init(_ picture: Picture, label: String = "", isDead: Bool = false) {
      self.picture = picture
      self.label = label
      self.isDead = isDead
    }
  }

  package struct Panel {
    package let heading: String
    package let tiles: [Tile]
    package let columns: Int

    /// - Parameter tiles: at least one.
    package init(_ heading: String, _ tiles: [Tile], columns: Int) {
      precondition(!tiles.isEmpty && columns > 0, "a panel shows something")
      self.heading = heading
      self.tiles = tiles
      self.columns = min(columns, tiles.count)
    }

    fileprivate var rows: Int { (tiles.count + columns - 1) / columns }
  }

  package let panels: [Panel]
  /// The side of a tile in pixels.
  package let side: Int
  package let isSideBySide: Bool
  private static let gap = 6
  private static let margin = 16
  private static let headingHeight = 26
  private static let labelHeight = 16

  package init(_ panels: [Panel], side: Int, isSideBySide: Bool = false) {
    precondition(!panels.isEmpty, "a sheet has a panel")
    self.panels = panels
    self.side = side
    self.isSideBySide = isSideBySide
  }

  private func tileHeight(_ panel: Panel) -> Int {
    side + (panel.tiles.allSatisfy(\.label.isEmpty) ? 0 : Self.labelHeight)
  }

  private func size(_ panel: Panel) -> PictureSize {
    PictureSize(
      width: max(Self.leastWidth, panel.columns * (side + Self.gap) - Self.gap),
      height: Self.headingHeight + panel.rows * (tileHeight(panel) + Self.gap) - Self.gap)
  }

  /// A heading needs room, however few tiles there are.
  private static let leastWidth = 260

  package var size: PictureSize {
    let sizes = panels.map(size)
    let (widths, heights) = (sizes.map(\.width), sizes.map(\.height))
    let between = 2 * Self.margin + (panels.count - 1) * Self.margin
    return isSideBySide
      ? PictureSize(
        width: widths.reduce(0, +) + between, height: (heights.max() ?? 0) + 2 * Self.margin)
      : PictureSize(
        width: (widths.max() ?? 0) + 2 * Self.margin, height: heights.reduce(0, +) + between)
  }

  /// - Throws: `DrawingError`, `PictureError`.
  package func encoded(as format: DrawingFormat) throws -> [UInt8] {
    let canvas = try Canvas(size: size, format: format)
    var (x, y) = (Self.margin, Self.margin)
    for panel in panels {
      draw(panel, on: canvas, x: x, y: y)
      let size = size(panel)
      if isSideBySide { x += size.width + Self.margin } else { y += size.height + Self.margin }
    }
    return try canvas.encoded()
  }

  private func draw(_ panel: Panel, on canvas: Canvas, x: Int, y: Int) {
    canvas.text(
      canvas.shortened(panel.heading, to: Double(size(panel).width)), x: Double(x),
      y: Double(y + 13), size: 13)
    for (number, tile) in panel.tiles.enumerated() {
      let left = x + number % panel.columns * (side + Self.gap)
      let top =
        y + Self.headingHeight + number / panel.columns * (tileHeight(panel) + Self.gap)
      draw(tile, on: canvas, x: Double(left), y: Double(top))
    }
  }

  private func draw(_ tile: Tile, on canvas: Canvas, x: Double, y: Double) {
    let longest = Double(max(tile.picture.width, tile.picture.height))
    let width = Double(side) * Double(tile.picture.width) / longest
    let height = Double(side) * Double(tile.picture.height) / longest
    if tile.isDead {
      canvas.fill(x: x, y: y, width: width, height: height, .faint)
      canvas.line([(x, y), (x + width, y + height)], .grey)
    } else {
      canvas.picture(tile.picture, x: x, y: y, width: width, height: height)
    }
    if !tile.label.isEmpty {
      canvas.text(
        canvas.shortened(tile.label, to: Double(side), size: 11), x: x, y: y + height + 12,
        size: 11)
    }
  }
}
