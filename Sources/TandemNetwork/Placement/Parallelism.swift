/// How a network is spread over the devices of a mesh, where its description does not say it itself
/// (`Placed`).
public enum Parallelism: String, Hashable, Codable, Sendable, CaseIterable {
  /// All layers `.data`: every device has the whole network.
  case data
  /// All layers `.model`: the two towers of Krizhevsky et al. 2012,
  /// https://papers.nips.cc/paper/4824, for any number of devices.
  case model
  /// Convolutions `.data`, dense layers `.model` (Krizhevsky 2014, "One weird trick for
  /// parallelizing convolutional neural networks", https://arxiv.org/abs/1404.5997).
  case hybrid

  /// The placement of a layer with weights that mix channels; the others follow the layer before
  /// them.
  func placement(of layer: any Layer) -> Placement {
    switch self {
    case .data: .data
    case .model: .model
    case .hybrid: layer.hybridPlacement
    }
  }
}
