import TandemImage
import TandemTensor

extension Picture {
  /// What an image looks like: of three channels in colours, otherwise its first channel in greys.
  /// - Parameter image: `[C, H, W]` in 0…1; what is beyond is cut off.
  package init(image: [Float], shape: Shape) {
    precondition(shape.rank == 3 && image.count == shape.elementCount, "\(shape)")
    let channels = shape[0] == 3 ? Channels.colour : .grey
    let plane = shape[1] * shape[2]
    var samples: [UInt8] = []
    samples.reserveCapacity(plane * channels.rawValue)
    for pixel in 0..<plane {
      for channel in 0..<channels.rawValue {
        let tone = image[channel * plane + pixel]
        samples.append(tone.isNaN ? 0 : UInt8((255 * min(1, max(0, tone))).rounded()))
      }
    }
    self.init(width: shape[2], height: shape[1], channels: channels, samples: samples)
  }

  /// `[C, H, W]`
  package var imageShape: Shape { [channels.rawValue, height, width] }

  /// `[C, H, W]` in 0…1.
  package var image: [Float] {
    let count = channels.rawValue
    var image: [Float] = []
    image.reserveCapacity(samples.count)
    for channel in 0..<count {
      for pixel in 0..<size.pixelCount {
        image.append(Float(samples[pixel * count + channel]) / 255)
      }
    }
    return image
  }
}
