import CKernels
import TandemImage
import TandemTensor

/// All that augmentation does to one picture in one epoch: drawn, and not yet applied.
package struct PictureTransform: Hashable, Sendable {
  /// The size of the images that networks see.
  package var size: PictureSize
  /// The part of the source that is stretched over an image; nil for all of it.
  package var window: PixelRectangle?
  /// From pixels of the new image to pixels of the window, once that has the image's size.
  package var map = AffineMap.identity
  package var fill = AugmentationFill.nearest
  /// The value of `constant`, in 0…1.
  package var fillValue = 0.0
  /// In this order.
  package var tones: [ToneChange] = []
  /// Where the normalised image becomes 0.
  package var erased: PixelRectangle?

  package init(size: PictureSize) {
    self.size = size
  }

  /// Whether pixels stay where they are.
  package var keepsGeometry: Bool { window == nil && map == .identity }

  /// Applies the geometry, with one sampling of the source, and changes the tones.
  ///
  /// - Parameters:
  ///   - image: `[C, H, W]` in 0…1, of any size if there is a window, otherwise of this one's.
  ///   - result: `[C, H, W]` of this one's size, elsewhere in memory.
  package func apply(
    to image: UnsafePointer<Float>, of shape: Shape, into result: UnsafeMutablePointer<Float>
  ) {
    precondition(shape.rank == 3, "\(shape)")
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    let part = window ?? PixelRectangle(x: 0, y: 0, width: width, height: height)
    precondition(part.isInside(PictureSize(width: width, height: height)), "\(part) of \(shape)")
    var frame = tandem_warp_frame(
      width: size.width, height: size.height, window_width: part.width,
      window_height: part.height)
    tandem_warp(
      result, image + part.y * width + part.x, width, height * width, channels, &frame,
      map.elements, fill.kernel, Float(fillValue))
    changeTones(of: result, channels: channels)
  }

  /// - Parameter image: `[C, H, W]` of this one's size in 0…1.
  package func changeTones(of image: UnsafeMutablePointer<Float>, channels: Int) {
    for change in tones { change.apply(to: image, (channels, size.height, size.width)) }
  }

  /// Brings the image into the scale that the network sees, and erases what is to be erased.
  package func finish(
    _ image: UnsafeMutablePointer<Float>, _ normalization: Normalization
  ) {
    let plane = size.pixelCount
    for (channel, mean) in normalization.mean.enumerated() {
      let start = image + channel * plane
      let deviation = normalization.standardDeviation[channel]
      tandem_normalize_in_place(start, plane, mean, deviation)
    }
    erase(image, channels: normalization.mean.count, with: 0)
  }

  /// Sets the part that is to be erased to one value.
  package func erase(_ image: UnsafeMutablePointer<Float>, channels: Int, with value: Float) {
    guard let erased else { return }
    for channel in 0..<channels {
      let start = image + channel * size.pixelCount
      for row in erased.y..<erased.y + erased.height {
        (start + row * size.width + erased.x).update(repeating: value, count: erased.width)
      }
    }
  }
}
