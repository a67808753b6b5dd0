/// What a terminal says of its graphics.
package struct TerminalAnswer: Hashable, Sendable {
  /// Whether it knows kitty's graphics protocol; whether it knows sixels; the width of its text in
  /// pixels; and, which all terminals answer and therefore comes last, its attributes.
  package static let question =
    "\u{1B}_Gi=\(pictureNumber),s=1,v=1,a=q,t=d,f=24;AAAA\u{1B}\\" + "\u{1B}[14t" + "\u{1B}[c"

  /// That a question names, so that the answer can be told from others.
  private static let pictureNumber = 31

  private let showsKitty: Bool
  private let showsSixel: Bool
  /// nil where it was not told.
  package let pixelWidth: Int?

  /// nil as long as the answer is not complete.
  package init?(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    // The first number is the terminal's class; 4 among the others is for sixels.
    guard let attributes = text.firstMatch(of: #/\u{1B}\[\?([0-9;]*)c/#) else { return nil }
    showsSixel = attributes.output.1.split(separator: ";").dropFirst().contains("4")
    showsKitty = text.contains("\u{1B}_Gi=\(Self.pictureNumber);OK\u{1B}\\")
    let size = text.firstMatch(of: #/\u{1B}\[4;[0-9]+;([0-9]+)t/#)
    pixelWidth = size.flatMap { Int($0.output.1) }.flatMap { $0 > 0 ? $0 : nil }
  }

  /// nil for a terminal that shows letters only. Kitty's are in all colours, and therefore first.
  package var graphics: TerminalScreen.Graphics? { showsKitty ? .kitty : showsSixel ? .sixel : nil }
}
