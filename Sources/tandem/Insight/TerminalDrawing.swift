import Tandem
import TandemImage
import TandemInsight
import TandemProcess

/// Shows drawings in a terminal that has graphics.
enum TerminalDrawing {
  /// Pixels of a letter, where the terminal does not say.
  private static let usualLetterWidth = 8

  /// - Throws: what drawing throws.
  static func show(
    on screen: TerminalScreen, _ encode: (DrawingFormat) throws -> [UInt8]
  ) throws {
    print(try text(png: encode(.png), on: screen))
  }

  /// What the terminal shows as the picture, no wider than it is itself.
  private static func text(png: [UInt8], on screen: TerminalScreen) throws -> String {
    let room = screen.pixelWidth ?? screen.columns * usualLetterWidth
    let picture = try PictureDecoder.decode(png)
    switch screen.graphics {
    case .kitty:
      return KittyEncoder.text(png: png, columns: picture.width > room ? screen.columns : nil)
    case .sixel:
      guard picture.width > room else { return SixelEncoder.text(picture) }
      let height = max(1, picture.height * room / picture.width)
      return SixelEncoder.text(picture.resized(to: PictureSize(width: room, height: height)))
    }
  }
}

extension TerminalScreen.Refusal {
  /// Why there is no picture, as a part of a sentence.
  var words: String {
    switch self {
    case .noTerminal: "standard input and output are not both a terminal"
    case .unwanted(let reason): reason
    case .inBackground: "another program is in front of the terminal"
    case .noAnswer: "the terminal does not say whether it can"
    case .noGraphics: "the terminal knows neither kitty's nor sixel graphics"
    }
  }
}
