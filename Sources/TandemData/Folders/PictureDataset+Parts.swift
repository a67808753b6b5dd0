import CKernels
import TandemImage

// Images of parts of pictures, of any place and size, as augmentation chooses them.

extension PictureDataset {
  /// Writes a part of a picture, stretched to the image's size and normalised, as `[C, H, W]`.
  ///
  /// A JPEG is read at a half, a quarter or an eighth of its size where that is still twice what is
  /// needed of it.
  ///
  /// - Parameter part: of the picture as it is, before it is resized.
  func copyPart(
    _ index: Int, _ part: PixelRectangle, normalization: Normalization,
    into destination: UnsafeMutablePointer<Float>
  ) throws {
    let whole = size(index)
    let image = recipe.part
    let picture = try decoded(
      index, target: recipe.size(of: whole, inWhich: part)
    ).resized(part, of: whole, to: image)
    picture.samples.withUnsafeBufferPointer { samples in
      tandem_normalize_interleaved(
        destination, samples.baseAddress, picture.rowSampleCount, image.width, image.height,
        imageShape[0], normalization.mean, normalization.standardDeviation)
    }
  }
}

extension PictureRecipe {
  /// The size of a picture in which a part has at least the size of the images.
  fileprivate func size(of whole: PictureSize, inWhich part: PixelRectangle) -> PictureSize {
    func side(_ whole: Int, _ part: Int, _ image: Int) -> Int { (whole * image + part - 1) / part }
    return PictureSize(
      width: side(whole.width, part.width, self.part.width),
      height: side(whole.height, part.height, self.part.height))
  }
}

extension Picture {
  /// A part of a picture that this one shows whole, perhaps smaller, as an image of another size.
  ///
  /// - Parameters:
  ///   - part: in pixels of the picture in its own size.
  ///   - whole: that size; this picture has it, or a half, a quarter or an eighth of it.
  package func resized(
    _ part: PixelRectangle, of whole: PictureSize, to size: PictureSize
  ) -> Picture {
    func isReduced(by divisor: Int) -> Bool {
      let (columns, rows) = (whole.width + divisor - 1, whole.height + divisor - 1)
      return width == columns / divisor && height == rows / divisor
    }
    guard let divisor = [1, 2, 4, 8].first(where: isReduced(by:)) else {
      preconditionFailure("a picture of \(whole) was read as one of \(self.size)")
    }
    return resized(PictureArea(part).reduced(by: divisor, in: self.size), to: size)
  }
}
