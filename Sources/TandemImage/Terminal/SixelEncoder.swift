/// Writes pictures as terminals with sixel graphics read them (DEC STD 070, chapter 9; VT330/VT340
/// Programmer Reference Manual, volume 2): bands of six rows, in which a letter is the pixels of
/// one colour in a column.
package enum SixelEncoder {
  private static let rowsOfBand = 6

  /// - Returns: the whole sequence, of ASCII letters, without a line's end.
  package static func text(_ picture: Picture) -> String {
    let palette = ColourPalette(picture)
    // Square pixels, those that no colour is named for left as they are; width and height.
    var bytes = Array("\u{1B}P0;1;0q\"1;1;\(picture.width);\(picture.height)".utf8)
    for (place, colour) in palette.colours.enumerated() {
      // 2 for red, green and blue, in hundredths.
      let parts = colour.map { "\((Int($0) * 100 + 127) / 255)" }
      bytes += "#\(place);2;\(parts.joined(separator: ";"))".utf8
    }
    for top in stride(from: 0, to: picture.height, by: rowsOfBand) {
      let rows = top..<min(top + rowsOfBand, picture.height)
      add(band(palette, width: picture.width, rows), to: &bytes)
      bytes.append(UInt8(ascii: "-"))
    }
    bytes += "\u{1B}\\".utf8
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Of each colour of a band, in the order of the palette, the bits of its pixels in each column,
  /// the highest row first.
  private static func band(
    _ palette: ColourPalette, width: Int, _ rows: Range<Int>
  ) -> [(place: Int, columns: [UInt8])] {
    var columns: [Int: [UInt8]] = [:]
    for (bit, row) in rows.enumerated() {
      for column in 0..<width {
        let place = Int(palette.pixels[row * width + column])
        columns[place, default: [UInt8](repeating: 0, count: width)][column] |= 1 << bit
      }
    }
    return columns.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private static func add(_ band: [(place: Int, columns: [UInt8])], to bytes: inout [UInt8]) {
    for (number, colour) in band.enumerated() {
      if number > 0 { bytes.append(UInt8(ascii: "$")) }
      bytes += "#\(colour.place)".utf8
      let end = (colour.columns.lastIndex { $0 != 0 } ?? -1) + 1
      var column = 0
      while column < end {
        let bits = colour.columns[column]
        var count = 1
        while column + count < end, colour.columns[column + count] == bits { count += 1 }
        let letter = 63 + bits
        // From four on a count is shorter.
        if count > 3 {
          bytes += "!\(count)".utf8
          bytes.append(letter)
        } else {
          for _ in 0..<count { bytes.append(letter) }
        }
        column += count
      }
    }
  }
}
