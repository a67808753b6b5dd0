import Tandem
import TandemInsight
import TandemNetwork
import TandemTensor

/// The kernels of a convolution before and after training: those that a training with the same seed
/// begins with, and those of trained weights.
struct KernelComparison {
  let layer: String
  /// `[O, I, KH, KW]`
  let shape: Shape
  private let random: KernelSet
  let trained: KernelSet

  /// - Parameters:
  ///   - layer: nil for the first convolution.
  ///   - inputChannel: what is shown of kernels that are no colours.
  /// - Throws: `InsightError.noKernels`, `FilterError`, `TrainingError`.
  init(
    of network: Network, _ file: ModelFile, layer: String?, seed: UInt64, inputChannel: Int = 0
  ) throws {
    let graph = try network.graph()
    let node = try Self.convolution(layer, in: graph)
    guard let parameter = node.kernels else {
      throw InsightError.noKernels(
        layer: node.name, network: network.name,
        instead: graph.nodes.first { $0.kernels != nil }?.name)
    }
    let name = "\(node.name).\(parameter.name)"
    // All weights have to fit, or those of another network would be shown.
    guard let weights = try file.tensor(name, of: network), weights.shape == parameter.shape else {
      throw FilterError.noWeights(name, path: file.path)
    }
    guard inputChannel < parameter.shape[1] else {
      throw FilterError.inputChannel(inputChannel, layer: node.name, channels: parameter.shape[1])
    }
    self.layer = node.name
    shape = parameter.shape
    let channel = parameter.shape[1] == 3 ? 0 : inputChannel
    random = KernelSet(
      weights: Self.firstValues(of: parameter, named: name, seed: seed), inputChannel: channel)
    trained = KernelSet(weights: weights, inputChannel: channel)
  }

  var count: Int { shape[0] }

  private static let columns = 8

  /// The random ones and the trained ones.
  /// - Parameter shown: how many of them.
  func panels(_ shown: Int) -> [TileSheet.Panel] {
    [("random", random), ("trained", trained)].map { title, kernels in
      TileSheet.Panel(
        "\(layer) \(title), \(shown) of \(counted(kernels.count, "kernel"))",
        kernels.pictures(shown).map { TileSheet.Tile($0) }, columns: Self.columns)
    }
  }

  private static func convolution(
    _ layer: String?, in graph: NetworkGraph
  ) throws -> NetworkGraph.Node {
    if let layer { return try graph.layer(at: layer) }
    guard let first = graph.nodes.first(where: { $0.kernels != nil }) else {
      throw InsightError.noKernels(layer: "no layer", network: graph.name, instead: nil)
    }
    return first
  }

  private static func firstValues(of parameter: Parameter, named name: String, seed: UInt64)
    -> Tensor
  {
    var values = [Float](repeating: 0, count: parameter.shape.elementCount)
    values.withUnsafeMutableBufferPointer { parameter.initialize($0, name: name, seed: seed) }
    return Tensor(shape: parameter.shape, elements: values)
  }
}

extension NetworkGraph.Node {
  /// The weights of a convolution, `[O, I, KH, KW]`; nil for other layers.
  fileprivate var kernels: Parameter? { parameters.first { $0.shape.rank == 4 } }
}
