import Tandem

/// A .npy array as images for a network.
struct PredictionInput {
  let array: NumPyArray
  let path: String
  /// What the network takes: `[C, H, W]` or `[F]`.
  let imageShape: Shape

  /// `[N, C, H, W]` or `[N, F]`
  ///
  /// - Parameters:
  ///   - normalization: applied to bytes; nil scales them to 0…1.
  ///   - includingFloats: whether floating-point numbers are normalised too.
  /// - Throws: `PredictionInputError`.
  func tensor(normalization: Normalization?, includingFloats: Bool) throws -> Tensor {
    let (count, channelsLast) = try layout()
    guard count > 0 else { throw PredictionInputError.noImages(path: path, shape: array.shape) }
    var isBytes = false
    switch array.storage {
    case .uint8: isBytes = true
    case .float32, .float64: break
    case .int32, .int64: throw PredictionInputError.integers(path: path)
    }
    var elements = array.floatTensor().elements
    if channelsLast { elements = elements.channelsFirst(imageShape: imageShape) }
    if isBytes || includingFloats {
      try normalize(&elements, normalization, isBytes: isBytes)
    }
    return Tensor(shape: imageShape.batched(count), elements: elements)
  }

  /// How many images the array holds, and whether their channels come last.
  private func layout() throws -> (count: Int, channelsLast: Bool) {
    let found = array.shape.dimensions
    let image = imageShape.dimensions
    let candidates: [(image: [Int], channelsLast: Bool)] =
      image.count != 3
      ? [(image, false)]
      : [(image, false), ([image[1], image[2], image[0]], true)]
        + (image[0] == 1 ? [([image[1], image[2]], false)] : [])
    for candidate in candidates {
      if found == candidate.image { return (1, candidate.channelsLast) }
      if found.count == candidate.image.count + 1, Array(found.dropFirst()) == candidate.image {
        return (found[0], candidate.channelsLast)
      }
    }
    throw PredictionInputError.shape(path: path, found: array.shape, image: imageShape)
  }

  private func normalize(
    _ elements: inout [Float], _ normalization: Normalization?, isBytes: Bool
  ) throws {
    let channels = imageShape.rank == 3 ? imageShape[0] : 1
    let normalization = normalization ?? .unitScale(channels: channels)
    guard normalization.mean.count == channels else {
      throw PredictionInputError.channels(
        path: path, normalised: normalization.mean.count, channels: channels)
    }
    let plane = imageShape.elementCount / channels
    for index in elements.indices {
      let channel = index / plane % channels
      let value = isBytes ? elements[index] / 255 : elements[index]
      elements[index] =
        (value - normalization.mean[channel]) / normalization.standardDeviation[channel]
    }
  }
}

/// Why an array cannot be the input of a network.
enum PredictionInputError: Error, CustomStringConvertible {
  case shape(path: String, found: Shape, image: Shape)
  case noImages(path: String, shape: Shape)
  case integers(path: String)
  case channels(path: String, normalised: Int, channels: Int)

  var description: String {
    switch self {
    case .shape(let path, let found, let image):
      "\(path): an array of shape \(found) does not fit the network, which takes "
        + "\(image.batchedDescription); reshape the array, or use weights of another network"
    case .noImages(let path, let shape):
      "\(path): an array of shape \(shape) holds no images; give at least one"
    case .integers(let path):
      "\(path): the array holds integers of more than a byte; save it as uint8 (pixels 0…255) or "
        + "float32"
    case .channels(let path, let normalised, let channels):
      "\(path): the weights were trained with a normalisation for \(normalised) channels, the "
        + "network has \(channels); give floating-point input without --normalize"
    }
  }
}
