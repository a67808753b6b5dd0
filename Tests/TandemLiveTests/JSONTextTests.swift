import Foundation
import TandemImage
import TandemLive
import Testing

/// What is written is JSON, whatever is in it.
struct JSONTextTests {
  @Test(arguments: [
    "plain", "a \"quote\" and a \\", "</script><!--", "tab\t line\n nul\u{0} \u{7F}",
    "日本語 🐘 \u{2028}",
    "",
  ])
  func stringsComeBack(text: String) throws {
    let json = JSONText.string(text)
    let read = try JSONSerialization.jsonObject(with: Data("[\(json)]".utf8)) as? [String]
    #expect(read == [text])
    #expect(!json.contains("<") && !json.contains("\n"))
  }

  @Test func whatIsNoNumberIsNull() {
    #expect(JSONText.number(Double.nan) == "null" && JSONText.number(Float.infinity) == "null")
    #expect(JSONText.number(nil as Double?) == "null" && JSONText.number(0.5) == "0.5")
    #expect(JSONText.string(nil as String?) == "null")
  }

  @Test func objectsAndArrays() {
    #expect(
      JSONText.object(["a": "1", "b": JSONText.array(["2", "3"])]) == "{\"a\":1,\"b\":[2,3]}")
  }

  @Test func tilesKeepTheirPixels() throws {
    let tiles = (0..<11).map { number in
      Picture(
        width: 3, height: 2, channels: .colour,
        samples: (0..<18).map { UInt8(10 * number + $0 % 10) })
    }
    let grid = TileGrid(tiles)
    #expect(grid.columns == 8 && grid.picture.size == PictureSize(width: 24, height: 4))
    for (number, tile) in tiles.enumerated() {
      let (left, top) = (number % 8 * 3, number / 8 * 2)
      for y in 0..<2 {
        for x in 0..<3 { #expect(grid.picture[x: left + x, y: top + y] == tile[x: x, y: y]) }
      }
    }
    let text = "{" + (try grid.members()) + "}"
    let read = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    #expect(read?["count"] as? Int == 11 && read?["tileWidth"] as? Int == 3)
    let image = try #require(read?["image"] as? String)
    let png = try #require(Data(base64Encoded: image.replacing("data:image/png;base64,", with: "")))
    #expect(try PictureDecoder.decode(Array(png)) == grid.picture)
  }
}
