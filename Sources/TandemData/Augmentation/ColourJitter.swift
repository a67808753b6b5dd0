import TandemTensor

/// Brightness, contrast, saturation and hue changed by random factors in a random order:
/// torchvision's ColorJitter. Each factor is drawn from 1 ± the number here, not below 0; hue from
/// ± the number, in circles.
public struct ColourJitter: Codable, Hashable, Sendable {
  public var brightness: Double
  public var contrast: Double
  public var saturation: Double
  /// At most 0.5.
  public var hue: Double

  public init(
    brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0
  ) {
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
    self.hue = hue
  }

  func changes(_ random: inout CounterRandom.Sequence) -> [ToneChange] {
    let order = Sampler.shuffled(4, &random)
    func factor(_ range: Double) -> Double { random.uniform(in: max(0, 1 - range)...1 + range) }
    let all: [(isOn: Bool, change: ToneChange)] = [
      (brightness > 0, .brightness(factor(brightness))),
      (contrast > 0, .contrast(factor(contrast))),
      (saturation > 0, .saturation(factor(saturation))),
      (hue > 0, .hue(random.uniform(in: -hue...hue))),
    ]
    return order.map { all[Int($0)] }.filter(\.isOn).map(\.change)
  }
}
