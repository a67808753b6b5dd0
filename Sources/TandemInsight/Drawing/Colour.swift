/// A colour of sRGB, each part in 0…1.
package struct Colour: Hashable, Sendable {
  package let red: Double
  package let green: Double
  package let blue: Double

  package init(_ red: Double, _ green: Double, _ blue: Double) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// Of six hexadecimal digits, `0x0072B2`.
  package init(_ hex: UInt32) {
    self.init(
      Double(hex >> 16 & 0xFF) / 255, Double(hex >> 8 & 0xFF) / 255, Double(hex & 0xFF) / 255)
  }

  package static let paper = Colour(1, 1, 1)
  package static let ink = Colour(0x20_20_20)
  /// Lines of a grid, and what is of no importance.
  package static let faint = Colour(0xD8_D8_D8)
  package static let grey = Colour(0x76_76_76)

  /// Colours that people with any kind of colour vision tell apart, dark enough for thin lines on
  /// white (after Okabe and Ito 2008, https://jfly.uni-koeln.de/color/).
  package static let series = [
    Colour(0x00_72_B2), Colour(0xD5_5E_00), Colour(0x00_9E_73), Colour(0xCC_79_A7),
    Colour(0x56_B4_E9), Colour(0xB0_80_00), Colour(0x40_40_40),
  ]

  /// A mixture: this colour for a share of 0, the other for 1.
  package func mixed(with other: Colour, share: Double) -> Colour {
    func mix(_ a: Double, _ b: Double) -> Double { a + (b - a) * share }
    return Colour(mix(red, other.red), mix(green, other.green), mix(blue, other.blue))
  }

  /// Red, green and blue in 0…255.
  package var bytes: [UInt8] {
    [red, green, blue].map { UInt8((255 * min(1, max(0, $0))).rounded()) }
  }

  /// How light it looks, 0…1 (the luma of Rec. 709).
  package var lightness: Double { 0.2126 * red + 0.7152 * green + 0.0722 * blue }
}
