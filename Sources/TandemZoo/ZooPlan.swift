import TandemNetwork
import TandemTensor

/// What one network of the zoo is to be like.
struct ZooPlan: Sendable {
  let name: String
  /// `[C, H, W]`
  let input: Shape
  let classes: Int
  /// What numbers of channels and hidden units are multiplied with.
  let width: Double

  init(_ name: String, input: Shape, classes: Int, width: Double = 1) {
    precondition(
      Self.takes(width: width), "\(name): the width \(width) is not above 0 and up to 64")
    self.name = name
    self.input = input
    self.classes = classes
    self.width = width
  }

  static func takes(width: Double) -> Bool { width > 0 && width <= 64 }

  /// A published number of channels or hidden units as it is here: 1 at least, and of the parts
  /// that groups need, equally many in each.
  func channels(_ published: Int, groups: Int = 1) -> Int {
    max(1, Int((Double(published) * width / Double(groups)).rounded())) * groups
  }

  /// The network with its layers.
  func network(@NetworkBuilder _ content: () -> [NetworkElement]) -> Network {
    Network(name, input: input, content)
  }
}
