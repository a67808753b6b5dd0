import TandemTensor

/// Why a network cannot be looked into as asked.
package enum InsightError: Error, Hashable, CustomStringConvertible {
  /// A layer that does not know where in the image something is.
  case noExtent(layer: String, network: String, shape: Shape, instead: String?)
  /// No layer of the network does.
  case noSpatialLayer(network: String, input: Shape)
  /// Not an output of the network.
  case noClass(label: Int, classes: Int)
  case noFilter(number: Int, layer: String, filters: Int)
  /// A layer without weights that are kernels.
  case noKernels(layer: String, network: String, instead: String?)
  /// Images that are no pictures.
  case noPictures(network: String, input: Shape)

  package var description: String {
    switch self {
    case .noExtent(let layer, let network, let shape, let instead):
      "\(layer) of \(network) puts out \(shape.batchedDescription), in which nothing has a place in the "
        + "image any more; name a layer before it" + (instead.map { ", such as \($0)" } ?? "")
    case .noSpatialLayer(let network, let input):
      "\(network), which takes \(input.batchedDescription), has no convolution whose outputs have a place "
        + "in the image; use a network with convolutions"
    case .noClass(let label, let classes):
      "there is no class \(label): the network tells \(classes) apart, 0 to \(classes - 1)"
    case .noFilter(let number, let layer, let filters):
      "there is no filter \(number): \(layer) has \(filters), 0 to \(filters - 1)"
    case .noKernels(let layer, let network, let instead):
      "\(layer) of \(network) has no kernels; name a convolution"
        + (instead.map { ", such as \($0)" } ?? "")
    case .noPictures(let network, let input):
      "\(network) takes \(input.batchedDescription), which is no picture of 1 or 3 channels"
    }
  }
}
