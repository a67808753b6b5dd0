import CKernels
import TandemImage

extension PictureRecipe {
  /// Whether a picture is larger than the images once it is resized, so that its corners differ.
  func hasCorners(_ picture: PictureSize) -> Bool { resized(picture) != part }

  /// Writes views of a resized picture as images, normalised, `[views, C, H, W]`.
  ///
  /// - Parameters:
  ///   - samples: of the whole resized picture, whose size is `size`.
  ///   - destination: for all views one after the other.
  func write(
    _ views: PictureViews, of samples: UnsafePointer<UInt8>, _ size: PictureSize,
    _ normalization: Normalization, into destination: UnsafeMutablePointer<Float>
  ) {
    let channels = imageShape[0]
    let rowBytes = size.width * channels
    for (number, view) in views.views(ofSize: part, in: size).enumerated() {
      let image = destination + number * imageShape.elementCount
      let start = samples + view.part.y * rowBytes + view.part.x * channels
      tandem_normalize_interleaved(
        image, start, rowBytes, part.width, part.height, channels, normalization.mean,
        normalization.standardDeviation)
      if view.isMirrored { imageShape.mirror(image) }
      normalization.finish(image, count: imageShape.elementCount)
    }
  }

  /// The images of a picture outside of training, normalised, `[views, C, H, W]`.
  ///
  /// - Parameter bytes: the picture's file.
  /// - Throws: `PictureError`.
  package func images(
    of bytes: [UInt8], _ views: PictureViews, _ normalization: Normalization
  ) throws -> [Float] {
    let target = resized(try PictureDecoder.header(of: bytes).size)
    let picture = try decoded(bytes, target: target).resized(to: target, filter: .bilinear)
    let count = views.count * imageShape.elementCount
    return [Float](unsafeUninitializedCapacity: count) { memory, written in
      picture.samples.withUnsafeBufferPointer { samples in
        guard let base = memory.baseAddress, let samples = samples.baseAddress else { return }
        write(views, of: samples, target, normalization, into: base)
        written = count
      }
    }
  }
}

extension PictureDataset {
  /// Writes views of a picture, normalised, `[views, C, H, W]`.
  package func copyViews(
    _ views: PictureViews, of index: Int, normalization: Normalization,
    into destination: UnsafeMutablePointer<Float>
  ) throws {
    let size = resizedSize(index)
    try withSamples(index, PixelRectangle(all: size)) { samples, _ in
      recipe.write(views, of: samples, size, normalization, into: destination)
    }
  }

  /// - Throws: `PictureFolderError.noCorners` if all views of each picture would be the same.
  package func checkCorners() throws {
    if (0..<count).contains(where: { recipe.hasCorners(size($0)) }) { return }
    throw PictureFolderError(path: listing.root, fact: .noCorners(crop: imageShape))
  }
}
