import Foundation
import TandemImage

/// Small pictures of one size in one picture, side by side in rows, which a page cuts apart again:
/// pixels travel as they are, and the page makes them as large as it has room.
package struct TileGrid: Sendable {
  package let picture: Picture
  package let tileWidth: Int
  package let tileHeight: Int
  package let columns: Int
  package let count: Int

  /// - Parameter tiles: at least one, all of the first one's size and channels.
  package init(_ tiles: [Picture]) {
    precondition(!tiles.isEmpty, "a grid shows something")
    let first = tiles[0]
    (tileWidth, tileHeight, count) = (first.width, first.height, tiles.count)
    columns = max(1, min(tiles.count, 2048 / max(1, first.width), 8))
    let rows = (tiles.count + columns - 1) / columns
    let (rowSamples, width) = (first.rowSampleCount, columns * first.rowSampleCount)
    var samples = [UInt8](repeating: 0, count: rows * first.height * width)
    for (number, tile) in tiles.enumerated() {
      precondition(tile.size == first.size && tile.channels == first.channels, "other tiles")
      let start = number / columns * first.height * width + number % columns * rowSamples
      for row in 0..<first.height {
        let from = row * rowSamples
        samples.replaceSubrange(
          start + row * width..<start + row * width + rowSamples,
          with: tile.samples[from..<from + rowSamples])
      }
    }
    picture = Picture(
      width: columns * first.width, height: rows * first.height, channels: first.channels,
      samples: samples)
  }

  /// `"image":…,"tileWidth":…` and so on, members of an object of JSON.
  /// - Throws: `PictureError`.
  package func members() throws -> String {
    let png = try PictureEncoder.png(picture, level: 1)
    let image = "data:image/png;base64," + Data(png).base64EncodedString()
    return "\"image\":\"\(image)\",\"tileWidth\":\(tileWidth),\"tileHeight\":\(tileHeight),"
      + "\"columns\":\(columns),\"count\":\(count)"
  }

  /// A picture no larger than that, for a tile.
  package static func reduced(_ picture: Picture, most: Int) -> Picture {
    let longest = max(picture.width, picture.height)
    guard longest > most else { return picture }
    func side(_ length: Int) -> Int { max(1, length * most / longest) }
    return picture.resized(
      to: PictureSize(width: side(picture.width), height: side(picture.height)))
  }
}
