/// Pictures side by side in rows, each with a label below it, to look at many at once.
public struct ContactSheet: Sendable {
  /// Small pictures are shown in whole multiples of their size, up to about this side.
  private static let wantedSide = 96
  private static let margin = 6
  private static let paper: UInt8 = 255
  private static let ink: UInt8 = 40
  /// Most samples of a sheet: that of a picture which can still be looked at.
  private static let mostPixels = 100_000_000

  private let entries: [(picture: Picture, label: String)]
  private let columns: Int

  /// - Parameters:
  ///   - entries: at least one; what does not fit below a picture is cut off a label.
  ///   - columns: nil for about as many as rows.
  public init(_ entries: [(picture: Picture, label: String)], columns: Int? = nil) {
    precondition(!entries.isEmpty && columns ?? 1 > 0, "a sheet shows something")
    self.entries = entries
    let root = Double(entries.count).squareRoot().rounded(.up)
    self.columns = min(entries.count, columns ?? Int(root))
  }

  /// How often a pixel is repeated along each axis.
  private var scale: Int {
    let side = entries.map { max($0.picture.width, $0.picture.height) }.max() ?? 1
    return max(1, Self.wantedSide / side)
  }

  /// The size of the largest picture as it is shown.
  private var cell: PictureSize {
    PictureSize(
      width: scale * (entries.map(\.picture.width).max() ?? 1),
      height: scale * (entries.map(\.picture.height).max() ?? 1))
  }

  private var labelHeight: Int {
    entries.allSatisfy { $0.label.isEmpty } ? 0 : DotFont.height + 3
  }

  private var pitch: PictureSize {
    PictureSize(
      width: cell.width + Self.margin, height: cell.height + labelHeight + Self.margin)
  }

  /// The size of the sheet.
  public var size: PictureSize {
    let rows = (entries.count + columns - 1) / columns
    return PictureSize(
      width: columns * pitch.width + Self.margin, height: rows * pitch.height + Self.margin)
  }

  /// Whether the sheet is small enough to be drawn.
  public var isReasonable: Bool { size.pixelCount <= Self.mostPixels }

  /// The sheet, in colours.
  public func drawn() -> Picture {
    let size = size
    var sheet = Picture(
      width: size.width, height: size.height, filledWith: [Self.paper, Self.paper, Self.paper])
    sheet.withMutableSamples { samples in
      for (number, entry) in entries.enumerated() {
        let x = number % columns * pitch.width + Self.margin
        let y = number / columns * pitch.height + Self.margin
        place(entry.picture.colour(), in: samples, x: x, y: y, width: size.width)
        write(entry.label, in: samples, x: x, y: y + cell.height + 2, width: size.width)
      }
    }
    return sheet
  }

  private func place(
    _ picture: Picture, in sheet: UnsafeMutableBufferPointer<UInt8>, x: Int, y: Int, width: Int
  ) {
    for row in 0..<scale * picture.height {
      let from = row / scale * picture.rowSampleCount
      let to = ((y + row) * width + x) * 3
      for column in 0..<scale * picture.width {
        for channel in 0..<3 {
          sheet[to + 3 * column + channel] =
            picture.samples[from + 3 * (column / scale) + channel]
        }
      }
    }
  }

  private func write(
    _ label: String, in sheet: UnsafeMutableBufferPointer<UInt8>, x: Int, y: Int, width: Int
  ) {
    let most = cell.width / DotFont.advance
    for (place, letter) in label.unicodeScalars.prefix(most).enumerated() {
      for (column, dots) in DotFont.columns(of: letter).enumerated() {
        for row in 0..<DotFont.height where dots >> row & 1 == 1 {
          let pixel = (y + row) * width + x + place * DotFont.advance + column
          for channel in 0..<3 { sheet[3 * pixel + channel] = Self.ink }
        }
      }
    }
  }
}
