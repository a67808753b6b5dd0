/// Why a network cannot be spread over the devices of a mesh.
public struct PlacementError: Error, Hashable, CustomStringConvertible {
  public let network: String
  /// The path of the layer.
  public let layer: String
  public let mesh: Mesh
  public let problem: String
  public let remedy: String

  public var description: String {
    "network \(network), layer \(layer): \(problem) (mesh \(mesh)); \(remedy)"
  }
}
