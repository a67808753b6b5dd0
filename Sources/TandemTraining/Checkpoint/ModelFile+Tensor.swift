import TandemNetwork
import TandemTensor

extension ModelFile {
  /// The values of a parameter of a network that the file has weights for, whatever the file's
  /// names have before those of the parameters.
  ///
  /// - Parameter name: the dotted name, `conv1.weight`.
  /// - Returns: nil if the file has none.
  package func tensor(_ name: String, of network: Network) throws -> Tensor? {
    let loading = try loading(for: network, network.graph())
    return loading.tensors[loading.prefix + name]
  }
}
