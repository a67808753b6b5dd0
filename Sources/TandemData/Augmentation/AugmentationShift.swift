import TandemTensor

/// How far a picture is moved along one axis, drawn anew each time.
public enum AugmentationShift: Codable, Hashable, Sendable {
  /// Up to this part of the picture to each side.
  case fraction(Double)
  /// Less than so many whole pixels to each side, as Keras takes a whole number: 2 stands for −1, 0
  /// and 1.
  case pixels(Int)

  public static let none = AugmentationShift.fraction(0)

  /// Pixels.
  /// - Parameter extent: the picture's pixels along the axis.
  func draw(_ random: inout CounterRandom.Sequence, extent: Int) -> Double {
    switch self {
    case .fraction(let range): random.uniform(in: -range...range) * Double(extent)
    case .pixels(let range): range > 0 ? Double(random.whole(in: 1 - range...range - 1)) : 0
    }
  }
}
