import TandemTensor

/// How the axes of an array are images.
struct ImageLayout {
  /// `[C, H, W]`
  let shape: Shape
  private let areChannelsLast: Bool

  /// - Parameters:
  ///   - areFeatures: whether the numbers are no pixels but what a network has made of them, as
  ///     `[N, F]` or `[N, C, H, W]` with any number of channels.
  init(_ array: Shape, _ name: String, areFeatures: Bool = false) throws {
    if areFeatures, [2, 4].contains(array.rank), array[0] > 0, array.elementCount > 0 {
      areChannelsLast = false
      let extents = array.dimensions
      shape = extents.count == 2 ? [1, 1, extents[1]] : Shape(Array(extents.dropFirst()))
      return
    }
    guard [3, 4].contains(array.rank) else {
      throw DataError.Fact.wrongArrayShape(
        array: name, shape: array, expected: "[N, H, W], [N, H, W, C] or [N, C, H, W]")
    }
    guard array[0] > 0 else { throw DataError.Fact.noImages }
    guard array.elementCount > 0 else { throw DataError.Fact.emptyImages(shape: array) }
    areChannelsLast = try Self.areChannelsLast(array, name)
    let extents = array.dimensions
    shape =
      switch (extents.count, areChannelsLast) {
      case (3, _): [1, extents[1], extents[2]]
      case (_, true): [extents[3], extents[1], extents[2]]
      case (_, false): [extents[1], extents[2], extents[3]]
      }
  }

  private static func areChannelsLast(_ shape: Shape, _ name: String) throws -> Bool {
    guard shape.rank == 4 else { return false }
    switch ((1...4).contains(shape[1]), (1...4).contains(shape[3])) {
    case (true, true): throw DataError.Fact.ambiguousChannels(array: name, shape: shape)
    case (false, false): throw DataError.Fact.noChannels(array: name, shape: shape)
    case (let second, _): return !second
    }
  }

  /// Whether bringing the images in order takes a copy of them.
  var isReordered: Bool { areChannelsLast && shape[0] > 1 }

  /// `[N, C, H, W]`
  func ordered<Element>(_ elements: [Element]) -> [Element] {
    areChannelsLast ? elements.channelsFirst(imageShape: shape) : elements
  }
}
