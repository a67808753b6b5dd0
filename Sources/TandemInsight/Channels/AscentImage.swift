import TandemData
import TandemImage
import TandemTensor

/// An image that is changed step by step.
struct AscentImage {
  /// `[C, H, W]`, normalised.
  private(set) var pixels: [Float]
  private let shape: Shape
  /// Normalised grey, black and white of each channel.
  private let grey: [Float]
  private let black: [Float]
  private let white: [Float]

  /// - Parameter pixel: the first values, 0…1, the same for all channels.
  init(shape: Shape, _ normalization: Normalization, pixel: () -> Float) {
    self.shape = shape
    func normalised(_ value: Float) -> [Float] {
      zip(normalization.mean, normalization.standardDeviation).map { (value - $0) / $1 }
    }
    (black, grey, white) = (normalised(0), normalised(0.5), normalised(1))
    let places = shape[1] * shape[2]
    let noise = (0..<places).map { _ in pixel() }
    pixels = (0..<shape[0]).flatMap { channel in
      noise.map {
        ($0 - normalization.mean[channel]) / normalization.standardDeviation[channel]
      }
    }
  }

  private var places: Int { shape[1] * shape[2] }

  /// Moves all pixels; what leaves at one side comes in at the other.
  mutating func roll(down: Int, right: Int) {
    let (height, width) = (shape[1], shape[2])
    let old = pixels
    for channel in 0..<shape[0] {
      for row in 0..<height {
        let from = ((row - down) % height + height) % height
        for column in 0..<width {
          let source = ((column - right) % width + width) % width
          pixels[channel * places + row * width + column] =
            old[channel * places + from * width + source]
        }
      }
    }
  }

  /// Goes along the gradient, whose length does not matter.
  mutating func climb(_ gradient: [Float], rate: Float) {
    let square = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }
    let size = (square / Double(gradient.count)).squareRoot()
    guard size.isFinite, size > 0 else { return }
    let factor = Double(rate) / size
    for index in pixels.indices { pixels[index] += Float(factor * Double(gradient[index])) }
  }

  /// Draws the image back to grey.
  mutating func fade(keeping share: Float) {
    for index in pixels.indices {
      let grey = grey[index / places]
      pixels[index] = grey + (pixels[index] - grey) * share
    }
  }

  /// A slight blur: each way a quarter, a half and a quarter of neighbours.
  mutating func blur() {
    let (height, width) = (shape[1], shape[2])
    for channel in 0..<shape[0] {
      let start = channel * places
      let old = Array(pixels[start..<start + places])
      let across = (0..<places).map { place -> Float in
        let (row, column) = (place / width * width, place % width)
        return
          (old[row + max(0, column - 1)] + 2 * old[place]
          + old[row + min(width - 1, column + 1)]) / 4
      }
      for place in 0..<places {
        let (row, column) = (place / width, place % width)
        pixels[start + place] =
          (across[max(0, row - 1) * width + column] + 2 * across[place]
            + across[min(height - 1, row + 1) * width + column]) / 4
      }
    }
  }

  /// Keeps pixels between black and white.
  mutating func clamp() {
    for index in pixels.indices {
      let channel = index / places
      pixels[index] = min(white[channel], max(black[channel], pixels[index]))
    }
  }

  /// What it looks like, its contrasts stretched: the mean becomes grey, three deviations black or
  /// white.
  var picture: Picture {
    let colours = pixels.enumerated().map { index, value in
      let channel = index / places
      return (value - black[channel]) / (white[channel] - black[channel])
    }
    let mean = colours.reduce(0.0) { $0 + Double($1) } / Double(colours.count)
    let variance =
      colours.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
      / Double(colours.count)
    let scale = 0.5 / max(3 * variance.squareRoot(), 1e-6)
    return Picture(
      image: colours.map { Float(0.5 + (Double($0) - mean) * scale) }, shape: shape)
  }
}
