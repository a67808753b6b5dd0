import Tandem
import TandemNetwork
import TandemProcess

/// Why outputs cannot be turned into what was asked for.
enum PredictionError: Error, CustomStringConvertible {
  case noProbabilities(network: String, loss: Loss.Kind)
  /// A folder or pattern without pictures.
  case nothingFound(path: String)
  /// Pictures that could not be read, each told already.
  case unread(count: Int, of: Int)
  /// The network takes something else than pictures.
  case noPictureNetwork(network: String, input: Shape)
  /// Pictures are brought to the size of the images.
  case noCorners(Shape)

  var description: String {
    switch self {
    case .noProbabilities(let network, let loss):
      "the outputs of \(network), which was trained with the loss \(loss.rawValue), are no logits; "
        + "leave out --softmax"
    case .nothingFound(let path):
      "\(path): there are no pictures; name files, or folders with some"
    case .unread(let count, let total):
      "\(count) of \(counted(total, "picture")) could not be read, as told above; the others are done"
    case .noCorners(let shape):
      "the network's pictures are stretched to its images \(shape), so that their corners are all the "
        + "same; leave out --ten-crop"
    case .noPictureNetwork(let network, let input):
      "\(network) takes \(input.batchedDescription), and pictures have 1 or 3 channels; give an array with "
        + "--input"
    }
  }
}
