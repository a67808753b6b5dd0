/// At most 256 colours for a picture, and which of them each pixel gets: its own where the picture
/// has no more; else Heckbert's median cut (1982, https://doi.org/10.1145/800064.801294): boxes of
/// colours are halved, that with the longest side of many pixels first, and each box becomes its
/// mean. The same picture always gives the same palette.
package struct ColourPalette {
  package static let mostColours = 256

  /// Red, green and blue.
  package let colours: [[UInt8]]
  /// `[H, W]`: places in `colours`.
  package let pixels: [UInt8]

  package init(_ picture: Picture) {
    let own = Self.colours(of: picture)
    if let exact = Self.exact(own) {
      (colours, pixels) = exact
      return
    }
    var cells = [Cell?](repeating: nil, count: 1 << 15)
    for colour in own {
      let index = Self.cell(colour)
      var cell = cells[index] ?? Cell(colour)
      cell.add(colour)
      cells[index] = cell
    }
    let boxes = Self.cut(cells.indices.compactMap { index in cells[index].map { (index, $0) } })
    var places = [UInt8](repeating: 0, count: cells.count)
    for (place, box) in boxes.enumerated() {
      for (index, _) in box.cells { places[index] = UInt8(place) }
    }
    colours = boxes.map(\.mean)
    pixels = own.map { places[Self.cell($0)] }
  }

  /// Each pixel as 0xRRGGBB.
  private static func colours(of picture: Picture) -> [UInt32] {
    let channels = picture.channels.rawValue
    return stride(from: 0, to: picture.samples.count, by: channels).map { start in
      func sample(_ channel: Int) -> UInt32 {
        UInt32(picture.samples[start + (channels == 1 ? 0 : channel)])
      }
      return sample(0) << 16 | sample(1) << 8 | sample(2)
    }
  }

  /// nil for more colours than a palette has, which are in the order in which they come.
  private static func exact(_ own: [UInt32]) -> (colours: [[UInt8]], pixels: [UInt8])? {
    var places: [UInt32: UInt8] = [:]
    var colours: [[UInt8]] = []
    var pixels: [UInt8] = []
    pixels.reserveCapacity(own.count)
    for colour in own {
      if let place = places[colour] {
        pixels.append(place)
        continue
      }
      if colours.count == mostColours { return nil }
      places[colour] = UInt8(colours.count)
      pixels.append(UInt8(colours.count))
      colours.append((0..<3).map { channel($0, of: colour) })
    }
    return (colours, pixels)
  }

  private static func channel(_ channel: Int, of colour: UInt32) -> UInt8 {
    UInt8(truncatingIfNeeded: colour >> (16 - 8 * UInt32(channel)))
  }

  // MARK: Median cut

  /// The highest five bits of each channel.
  private static func cell(_ colour: UInt32) -> Int {
    (0..<3).reduce(0) { $0 << 5 | Int(channel($1, of: colour) >> 3) }
  }

  /// Pixels whose colours begin alike.
  private struct Cell {
    /// Five bits of red, green and blue.
    let corner: [Int]
    var count = 0
    var sums = [0, 0, 0]

    init(_ colour: UInt32) {
      corner = (0..<3).map { Int(channel($0, of: colour) >> 3) }
    }

    mutating func add(_ colour: UInt32) {
      count += 1
      for index in 0..<3 { sums[index] += Int(channel(index, of: colour)) }
    }
  }

  private struct Box {
    var cells: [(index: Int, cell: Cell)]
    let count: Int
    /// The channel in which the box is longest, and how long it is.
    let axis: Int
    let length: Int

    init(_ cells: [(index: Int, cell: Cell)]) {
      self.cells = cells
      count = cells.reduce(0) { $0 + $1.cell.count }
      let lengths = (0..<3).map { axis in
        let values = cells.map(\.cell.corner[axis])
        return (values.max() ?? 0) - (values.min() ?? 0)
      }
      length = lengths.max() ?? 0
      axis = lengths.firstIndex(of: length) ?? 0
    }

    var mean: [UInt8] {
      (0..<3).map { channel in
        let sum = cells.reduce(0) { $0 + $1.cell.sums[channel] }
        return UInt8((sum + count / 2) / max(1, count))
      }
    }

    /// Two boxes with about half of the pixels each.
    func halves() -> [Box] {
      let sorted = cells.sorted {
        ($0.cell.corner[axis], $0.index) < ($1.cell.corner[axis], $1.index)
      }
      var seen = 0
      let middle = sorted.firstIndex { entry in
        seen += entry.cell.count
        return 2 * seen >= count
      }
      // Neither is empty.
      let cut = min(max(1, (middle ?? 0) + 1), sorted.count - 1)
      return [Box(Array(sorted[..<cut])), Box(Array(sorted[cut...]))]
    }
  }

  private static func cut(_ cells: [(Int, Cell)]) -> [Box] {
    var boxes = [Box(cells.map { (index: $0.0, cell: $0.1) })]
    while boxes.count < mostColours {
      let weights = boxes.map { $0.length * $0.count }
      guard let most = weights.max(), most > 0, let place = weights.firstIndex(of: most) else {
        break
      }
      boxes.replaceSubrange(place...place, with: boxes[place].halves())
    }
    return boxes
  }
}
