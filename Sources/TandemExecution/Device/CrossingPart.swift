import TandemNetwork

/// What a device has of a value, before or after a crossing.
struct CrossingPart: Hashable, Sendable {
  let images: Range<Int>
  let channels: ChannelSet

  var isEmpty: Bool { images.isEmpty || channels.isEmpty }

  func intersection(_ other: CrossingPart) -> CrossingPart {
    CrossingPart(
      images: images.clamped(to: other.images), channels: channels.intersection(other.channels))
  }
}
