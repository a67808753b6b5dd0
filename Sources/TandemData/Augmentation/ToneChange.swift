import CKernels

/// One change of the tones of an image `[C, H, W]` in the scale 0…1; the geometry stays.
package enum ToneChange: Hashable, Sendable {
  /// Factors of Pillow's ImageEnhance: 1 leaves all as it is, 0 gives black, the mean grey, or
  /// greys.
  case brightness(Double)
  case contrast(Double)
  case saturation(Double)
  /// A turn of the hue, in parts of a circle, from −0.5 to 0.5.
  case hue(Double)
  /// 1 leaves all as it is, 0 is smoothed.
  case sharpness(Double)
  /// Added to all channels and kept within the image's own range, as Keras does.
  case channelShift(Double)
  /// Added to red, green and blue, and kept nowhere.
  case colourNoise([Double])
  /// Only so many of the eight bits.
  case posterize(bits: Int)
  /// Tones from here on inverted.
  case solarize(from: Double)
  /// Each channel stretched to 0…1.
  case autoContrast
  /// Each channel's 256 levels spread evenly, as Pillow's ImageOps.equalize does.
  case equalize

  /// - Parameters:
  ///   - tones: `[C, H, W]`.
  ///   - size: C, H and W.
  package func apply(
    to tones: UnsafeMutablePointer<Float>, _ size: (channels: Int, height: Int, width: Int)
  ) {
    let plane = size.height * size.width
    let count = plane * size.channels
    switch self {
    case .brightness(let factor):
      tandem_scale_tones(tones, count, Float(factor), 0, 0, 1)
    case .contrast(let factor):
      let mean = tandem_mean_grey(tones, plane, size.channels)
      tandem_scale_tones(tones, count, Float(factor), Float((1 - factor) * mean), 0, 1)
    case .saturation(let factor):
      if size.channels == 3 { tandem_saturate(tones, plane, Float(factor)) }
    case .hue(let shift):
      if size.channels == 3 { tandem_turn_hue(tones, plane, Float(shift)) }
    case .sharpness(let factor):
      withUnsafeTemporaryAllocation(of: Float.self, capacity: plane) { scratch in
        tandem_sharpen(
          tones, size.width, size.height, size.channels, Float(factor), scratch.baseAddress)
      }
    case .channelShift(let shift):
      var (least, largest): (Float, Float) = (0, 0)
      tandem_tone_range(tones, count, &least, &largest)
      tandem_scale_tones(tones, count, 1, Float(shift), least, largest)
    case .colourNoise(let added):
      for channel in 0..<min(size.channels, added.count) {
        tandem_scale_tones(
          tones + channel * plane, plane, 1, Float(added[channel]), -.infinity, .infinity)
      }
    case .posterize(let bits):
      let mask = 255 << (8 - bits) & 255
      Self.mapLevels(of: tones, count, (0..<256).map { $0 & mask })
    case .solarize(let threshold):
      for index in 0..<count where tones[index] >= Float(threshold) {
        tones[index] = 1 - tones[index]
      }
    case .autoContrast:
      for channel in 0..<size.channels { Self.stretch(tones + channel * plane, plane) }
    case .equalize:
      for channel in 0..<size.channels { Self.equalize(tones + channel * plane, plane) }
    }
  }

  private static func level(_ tone: Float) -> Int {
    min(255, max(0, Int((tone * 255).rounded())))
  }

  private static func mapLevels(
    of tones: UnsafeMutablePointer<Float>, _ count: Int, _ table: [Int]
  ) {
    for index in 0..<count { tones[index] = Float(table[level(tones[index])]) / 255 }
  }

  private static func stretch(_ tones: UnsafeMutablePointer<Float>, _ count: Int) {
    var (least, largest): (Float, Float) = (0, 0)
    tandem_tone_range(tones, count, &least, &largest)
    guard largest > least else { return }
    let factor = 1 / (largest - least)
    tandem_scale_tones(tones, count, factor, -least * factor, 0, 1)
  }

  /// `equalize` of Pillow's ImageOps.py.
  private static func equalize(_ tones: UnsafeMutablePointer<Float>, _ count: Int) {
    var counts = [Int](repeating: 0, count: 256)
    for index in 0..<count { counts[level(tones[index])] += 1 }
    let step = (count - (counts.last { $0 > 0 } ?? 0)) / 255
    guard counts.count(where: { $0 > 0 }) > 1, step > 0 else { return }
    var seen = step / 2
    let table = counts.map { number in
      defer { seen += number }
      return min(255, seen / step)
    }
    mapLevels(of: tones, count, table)
  }
}
