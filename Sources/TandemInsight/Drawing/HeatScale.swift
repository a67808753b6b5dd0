import TandemImage

/// Colours for numbers from 0 to 1: dark violet, red, orange, pale yellow. They become lighter
/// evenly, so that they can be told apart without colours, too.
package enum HeatScale {
  private static let stops: [Colour] = [
    Colour(0x12_08_30), Colour(0x4A_12_6E), Colour(0x96_28_65), Colour(0xD6_4B_40),
    Colour(0xF5_93_18), Colour(0xFB_F6_A4),
  ]

  /// - Parameter value: what is below 0, above 1 or not a number is taken for 0, 1 and 0.
  package static func colour(_ value: Float) -> Colour {
    let place = Double(value.isNaN ? 0 : min(1, max(0, value))) * Double(stops.count - 1)
    let index = min(Int(place), stops.count - 2)
    return stops[index].mixed(with: stops[index + 1], share: place - Double(index))
  }

  /// A map as a picture.
  /// - Parameter values: rows of `width` numbers in 0…1.
  package static func picture(_ values: [Float], width: Int) -> Picture {
    Picture(
      width: width, height: values.count / width, channels: .colour,
      samples: values.flatMap { colour($0).bytes })
  }

  /// A map over a picture: where it is high, its colours; where it is low, the picture, darker.
  /// - Parameters:
  ///   - values: one in 0…1 for each pixel of the picture.
  ///   - picture: what is below.
  package static func overlay(_ values: [Float], on picture: Picture) -> Picture {
    precondition(values.count == picture.size.pixelCount, "a number for each pixel")
    let base = picture.colour()
    var samples = base.samples
    for (pixel, value) in values.enumerated() {
      let value = Double(value.isNaN ? 0 : min(1, max(0, value)))
      let share = 0.15 + 0.5 * value
      for (channel, heat) in colour(Float(value)).bytes.enumerated() {
        let place = 3 * pixel + channel
        samples[place] = UInt8(
          (Double(samples[place]) * (1 - share) + Double(heat) * share).rounded())
      }
    }
    return Picture(width: base.width, height: base.height, channels: .colour, samples: samples)
  }
}
