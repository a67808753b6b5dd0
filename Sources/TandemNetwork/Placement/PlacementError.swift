/// Why a network cannot be spread over the devices of a mesh.
package struct PlacementError: Error, Hashable, CustomStringConvertible {
  package let network: String
  /// The path of the layer.
  package let layer: String
  package let mesh: Mesh
  package let problem: String
  package let remedy: String

  package var description: String {
    "network \(network), layer \(layer): \(problem) (mesh \(mesh)); \(remedy)"
  }
}
