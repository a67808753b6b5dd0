/// Numbers to compute with, the same each time: few bits, so that bfloat16 has them exactly and
/// sums of products are exact in float32.
enum Numbers {
  /// Multiples of an eighth up to a half.
  static func small(_ shape: [Int], seed: Int) -> [Double] {
    var state = UInt32(truncatingIfNeeded: seed) &* 2_654_435_761
    return (0..<shape.reduce(1, *)).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Double(Int(state >> 24) % 9 - 4) / 8
    }
  }

  /// Maps `[N, C, H, W]` without two equal numbers in a window of so many rows and columns.
  static func distinct(_ shape: [Int], columns: Int, count rows: Int) -> [Double] {
    let period = 2 * rows * columns + 1
    return (0..<shape.reduce(1, *)).map { place in
      let (plane, pixel) = place.quotientAndRemainder(dividingBy: shape[2] * shape[3])
      let (row, column) = pixel.quotientAndRemainder(dividingBy: shape[3])
      return Double((row * columns + column + plane * 3) % period - rows * columns) / 8
    }
  }

  /// Sums over all axes but one.
  static func sums(_ values: [Double], _ shape: [Int], axis: Int) -> [Double] {
    let inner = shape[(axis + 1)...].reduce(1, *)
    var result = Array(repeating: 0.0, count: shape[axis])
    for (place, value) in values.enumerated() { result[place / inner % shape[axis]] += value }
    return result
  }
}
