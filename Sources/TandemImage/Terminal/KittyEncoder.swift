import Foundation

/// Writes pictures as terminals with kitty's graphics protocol read them
/// (https://sw.kovidgoyal.net/kitty/graphics-protocol): a PNG in base64, in pieces.
package enum KittyEncoder {
  /// The most that a piece may have.
  private static let mostLetters = 4096

  /// - Parameters:
  ///   - png: the bytes of a file.
  ///   - columns: of letters that the picture is made as wide as; nil for its own size.
  /// - Returns: the whole sequence, of ASCII letters, without a line's end.
  package static func text(png: [UInt8], columns: Int?) -> String {
    let letters = Array(Data(png).base64EncodedString().utf8)
    let pieces = stride(from: 0, to: max(1, letters.count), by: mostLetters).map {
      letters[$0..<min($0 + mostLetters, letters.count)]
    }
    return pieces.enumerated().map { number, piece in
      // Show it at once (a=T), a PNG (f=100), and tell nothing of it (q=2).
      let width = columns.map { ",c=\($0)" } ?? ""
      let first = number == 0 ? "a=T,f=100,q=2\(width)," : ""
      let more = number + 1 < pieces.count ? 1 : 0
      return "\u{1B}_G\(first)m=\(more);" + String(decoding: piece, as: UTF8.self) + "\u{1B}\\"
    }.joined()
  }
}
