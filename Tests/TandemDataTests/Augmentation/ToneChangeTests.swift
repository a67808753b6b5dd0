import TandemData
import TandemImage
import TandemTensor
import Testing

@Suite struct ToneChangeTests {
  private func change(_ name: String, _ value: Double) throws -> ToneChange {
    switch name {
    case "brightness": .brightness(value)
    case "contrast": .contrast(value)
    case "saturation": .saturation(value)
    case "sharpness": .sharpness(value)
    case "posterize": .posterize(bits: Int(value))
    case "solarize": .solarize(from: value)
    case "autoContrast": .autoContrast
    case "equalize": .equalize
    case "hue": .hue(value)
    default: try #require(name == "channelShift" ? .channelShift(value / 255) : nil)
    }
  }

  private func changed(_ levels: [Float], channels: Int, _ change: ToneChange) -> [Float] {
    var transform = PictureTransform(size: PictureSize(width: 13, height: 9))
    transform.tones = [change]
    var image = levels.map { $0 / 255 }
    transform.changeTones(of: &image, channels: channels)
    return image.map { $0 * 255 }
  }

  /// Pillow rounds to whole levels: the result down, and before that the mean or the smoothed
  /// picture that it mixes in.
  @Test func tonesAreThoseOfTorchvisionAndKeras() throws {
    let fixture = try AugmentationFixture.load()
    #expect(Set(fixture.tones.map(\.name)).count == 10)
    for entry in fixture.tones {
      let picture = entry.image == 3 ? fixture.colours : fixture.grey
      let result = changed(
        picture, channels: entry.image, try change(entry.name, entry.value))
      let tolerance: Float =
        switch entry.name {
        case "hue", "channelShift": 0.01
        case "contrast", "sharpness": 1.01 + 0.5 * abs(1 - Float(entry.value))
        default: 1.01
        }
      #expect(
        worstDifference(result, entry.result) <= tolerance,
        "\(entry.name) \(entry.value), \(entry.image) channels")
    }
  }

  @Test func theComparisonCanFail() throws {
    let fixture = try AugmentationFixture.load()
    let entry = try #require(fixture.tones.first { $0.name == "hue" && $0.value == 0.1 })
    let other = changed(fixture.colours, channels: 3, .hue(-0.1))
    #expect(worstDifference(other, entry.result) > 20)
  }

  @Test func colourNoiseIsAddedToEachChannel() {
    let image = noise([3, 9, 13])
    let result = changed(image, channels: 3, .colourNoise([0.1, -2, 0]))
    for index in 0..<117 {
      #expect(abs(result[index] - (image[index] + 25.5)) < 0.01)
      #expect(abs(result[117 + index] - (image[117 + index] - 510)) < 0.01)
      #expect(abs(result[234 + index] - image[234 + index]) < 0.01)
    }
  }

  /// Grey pictures have neither saturation nor hue; one tone alone cannot be stretched or spread.
  @Test func nothingToChange() {
    let image = noise([1, 9, 13])
    for change in [ToneChange.saturation(0.2), .hue(0.3)] {
      #expect(changed(image, channels: 1, change) == image.map { $0 / 255 * 255 })
    }
    let even = [Float](repeating: 90, count: 117)
    for change in [ToneChange.autoContrast, .equalize, .channelShift(0.4)] {
      #expect(worstDifference(changed(even, channels: 1, change), even) < 0.01)
    }
  }
}
