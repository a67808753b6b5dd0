import CKernels
import Testing

/// The backward pass of the mean of whole maps, in every order that maps may have.
@Suite struct SpreadMeansTests {
  /// 12 places, so that shares are rounded; 20 channels fill blocks of 8 and 16 up.
  private static let (images, channels, rows, columns) = (3, 20, 3, 4)

  @Test(arguments: [1, 8, 16, 20], [false, true])
  func eachPlaceGetsItsShare(block: Int, bfloat16: Bool) {
    let maps = tandem_maps(
      images: Self.images, channels: Self.channels, rows: Self.rows, columns: Self.columns,
      block: block, bfloat16: bfloat16)
    let places = Self.rows * Self.columns
    let count = tandem_maps_count(maps)
    let gradient = (0..<count / places).map { Float($0 % 251) - 100 }
    var result = [Float](repeating: .nan, count: count)
    if bfloat16 {
      var short = [tandem_bfloat16](repeating: 0, count: gradient.count)
      tandem_bfloat16_from_floats(&short, gradient, gradient.count)
      var shares = [tandem_bfloat16](repeating: 0x7fc0, count: count)
      tandem_spread_means(short, &shares, maps)
      tandem_floats_from_bfloat16(&result, shares, count)
    } else {
      tandem_spread_means(gradient, &result, maps)
    }
    for (index, value) in result.enumerated() {
      // [images, blocks][places][block] to [images, blocks][block].
      let mean = gradient[index / (places * block) * block + index % block]
      // bfloat16 has 8 bits, and rounds the mean and its share.
      let tolerance = abs(mean) / Float(places) * (bfloat16 ? 0x1p-7 : 0x1p-23)
      #expect(abs(value - mean / Float(places)) <= tolerance, "\(index)")
    }
    // Different means are told apart.
    #expect(Set(result).count > 40)
  }
}
