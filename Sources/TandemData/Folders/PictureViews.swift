import TandemImage

/// Which parts of a resized picture a network looks at outside of training.
package enum PictureViews: Hashable, Sendable {
  /// The middle.
  case middle
  /// The middle, and the same with left and right exchanged; of an image that is none of a picture
  /// the image and its mirror.
  case mirror
  /// The four corners and the middle, and the same of the picture with left and right exchanged
  /// (Krizhevsky et al. 2012, section 4.1), in the order of torchvision's TenCrop.
  case tenCrop

  package var count: Int {
    switch self {
    case .middle: 1
    case .mirror: 2
    case .tenCrop: 10
    }
  }

  /// What asks for more than one view, as messages name it; nil for one view.
  package var setting: String? {
    switch self {
    case .middle: nil
    case .mirror: "mirror"
    case .tenCrop: "tenCrop"
    }
  }

  /// A part of the resized picture, and whether it is then mirrored.
  struct View {
    let part: PixelRectangle
    let isMirrored: Bool
  }

  /// - Parameters:
  ///   - part: the size of the images.
  ///   - resized: the size of the resized picture.
  func views(ofSize part: PictureSize, in resized: PictureSize) -> [View] {
    let middle = PixelRectangle.centre(part, in: resized)
    let both = [false, true].map { View(part: middle, isMirrored: $0) }
    switch self {
    case .middle: return [both[0]]
    case .mirror: return both
    case .tenCrop: break
    }
    let (right, bottom) = (resized.width - part.width, resized.height - part.height)
    let corners = [(0, 0), (right, 0), (0, bottom), (right, bottom)].map { x, y in
      PixelRectangle(x: x, y: y, width: part.width, height: part.height)
    }
    let five = corners + [middle]
    // The parts of the mirrored picture, as they lie in the picture itself.
    let mirrored = five.map { view in
      PixelRectangle(
        x: right - view.x, y: view.y, width: view.width, height: view.height)
    }
    return five.map { View(part: $0, isMirrored: false) }
      + mirrored.map { View(part: $0, isMirrored: true) }
  }
}
