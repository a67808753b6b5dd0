/// Which part of a value, `[N, C, H, W]` with the N images of a data part, each device of a model
/// group has or needs.
package enum Distribution: Hashable, Sendable {
  /// All of it: the images that come in, and what layers without parameters make of them or of a
  /// value that is gathered anyway. Each device then has a part of the value's gradient, to which
  /// its own layers have come; the parts add up where the gathering is undone.
  case whole
  /// All channels of images of its own.
  case images
  /// Some channels of all images, by device.
  case channels([ChannelSet])
}

extension Distribution {
  /// The channels that a device has, of whichever images.
  package func channels(ofMember member: Int, of count: Int) -> ChannelSet {
    switch self {
    case .whole, .images: .all(count)
    case .channels(let sets): sets[member]
    }
  }

  /// The images of a data part that a device has, of whichever channels.
  package func images(_ division: ImageDivision, part: Int, member: Int) -> Int {
    switch self {
    case .whole, .channels: division.images(ofPart: part)
    case .images: division.images(ofPart: part, member: member)
    }
  }
}
