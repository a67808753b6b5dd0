import TandemImage

/// Reads sixel graphics as a terminal does, and throws at what none should have to read.
struct SixelDecoder {
  enum Failure: Error, Equatable {
    case frame, size, colour, unset
    case letter(UInt8)
    case outside(x: Int, y: Int)
  }

  /// Each pixel's colour, in hundredths of red, green and blue.
  let pixels: [[Int]]
  let width: Int
  let height: Int

  init(_ text: String) throws {
    let letters = Array(text.utf8)
    let (start, end) = (Array("\u{1B}P0;1;0q".utf8), Array("\u{1B}\\".utf8))
    guard letters.starts(with: start), letters.suffix(2) == end[...] else { throw Failure.frame }
    var rest = letters.dropFirst(start.count).dropLast(2)
    func numbers() -> [Int] {
      var found: [Int] = []
      while let letter = rest.first, (48...57).contains(letter) || letter == 59 {
        rest.removeFirst()
        if letter == 59 {
          found.append(0)
        } else {
          if found.isEmpty { found = [0] }
          found[found.count - 1] = found[found.count - 1] * 10 + Int(letter) - 48
        }
      }
      return found
    }
    guard rest.popFirst() == UInt8(ascii: "\"") else { throw Failure.size }
    let raster = numbers()
    guard raster.count == 4, raster[0] == 1, raster[1] == 1 else { throw Failure.size }
    let (width, height) = (raster[2], raster[3])
    var palette: [Int: [Int]] = [:]
    var pixels = [[Int]?](repeating: nil, count: width * height)
    var (x, y, colour, count) = (0, 0, [0, 0, 0], 1)
    while let letter = rest.popFirst() {
      switch letter {
      case UInt8(ascii: "#"):
        let found = numbers()
        if found.count == 5, found[1] == 2, found[2...].allSatisfy({ (0...100).contains($0) }) {
          palette[found[0]] = Array(found[2...])
        } else if found.count == 1, let known = palette[found[0]] {
          colour = known
        } else {
          throw Failure.colour
        }
      case UInt8(ascii: "!"): count = numbers().first ?? 0
      case UInt8(ascii: "$"): x = 0
      case UInt8(ascii: "-"): (x, y) = (0, y + 6)
      case 63...126:
        for _ in 0..<count {
          for bit in 0..<6 where (letter - 63) >> bit & 1 == 1 {
            guard x < width, y + bit < height else { throw Failure.outside(x: x, y: y + bit) }
            pixels[(y + bit) * width + x] = colour
          }
          x += 1
        }
        count = 1
      default: throw Failure.letter(letter)
      }
    }
    guard palette.count <= 256 else { throw Failure.colour }
    self.pixels = try pixels.map { pixel in
      guard let pixel else { throw Failure.unset }
      return pixel
    }
    (self.width, self.height) = (width, height)
  }

  /// How far the pixels are from a picture's, at most and on the average, in levels of 255.
  func difference(from picture: Picture) -> (largest: Double, mean: Double) {
    var (largest, sum) = (0.0, 0.0)
    for (index, pixel) in pixels.enumerated() {
      let own = picture[x: index % width, y: index / width]
      for channel in 0..<3 {
        let sample = Double(own[own.count == 1 ? 0 : channel])
        let difference = abs(Double(pixel[channel]) * 2.55 - sample)
        largest = max(largest, difference)
        sum += difference
      }
    }
    return (largest, sum / Double(3 * pixels.count))
  }
}
