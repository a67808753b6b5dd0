import TandemTensor

extension Dataset {
  /// Writes views of an image, normalised, `[views, C, H, W]`.
  ///
  /// - Parameter views: the corners of pictures take a data set of pictures.
  /// - Throws: as `readImage`.
  package func readViews(
    _ views: PictureViews, of index: Int, normalization: Normalization,
    into destination: UnsafeMutablePointer<Float>
  ) throws {
    switch views {
    case .middle:
      try readImage(index, normalization: normalization, into: destination)
    case .mirror, .tenCrop:
      if let pictures {
        try pictures.copyViews(views, of: index, normalization: normalization, into: destination)
        return
      }
      precondition(views == .mirror, "only pictures have corners")
      let count = imageShape.elementCount
      let mirror = destination + count
      // What is done to an image as a whole comes after the mirroring, as in training.
      let byChannel = normalization.with(perImage: nil).with(nil)
      try readImage(index, normalization: byChannel, into: destination)
      mirror.update(from: destination, count: count)
      imageShape.mirror(mirror)
      normalization.finish(destination, count: count)
      normalization.finish(mirror, count: count)
    }
  }
}

extension Shape {
  /// Exchanges left and right of an image of this shape, `[C, H, W]`.
  func mirror(_ image: UnsafeMutablePointer<Float>) {
    let (rows, width) = (self[0] * self[1], self[2])
    for row in 0..<rows {
      var pixels = UnsafeMutableBufferPointer(start: image + row * width, count: width)
      pixels.reverse()
    }
  }
}
