import Tandem

/// Why an array cannot be the input of a network.
enum PredictionInputError: Error, CustomStringConvertible {
  case shape(path: String, found: Shape, image: Shape)
  case noImages(path: String, shape: Shape)
  case integers(path: String, type: NumPyElementType)
  case channels(path: String, normalised: Int, channels: Int)

  var description: String {
    switch self {
    case .shape(let path, let found, let image):
      "\(path): an array of shape \(found) does not fit the network, which takes "
        + "\(image.batchedDescription); reshape the array, or use weights of another network"
    case .noImages(let path, let shape):
      "\(path): an array of shape \(shape) holds no images; give at least one"
    case .integers(let path, let type):
      "\(path): the array holds numbers of the type \(type.rawValue), which are no pixels; save it as "
        + PixelType.expected
    case .channels(let path, let normalised, let channels):
      "\(path): the weights were trained with a normalisation for \(normalised) channels, the "
        + "network has \(channels); give floating-point input without --normalize-floats"
    }
  }
}
