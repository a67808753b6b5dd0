/// Where a layer is computed by the devices of a model group.
public enum Placement: String, Hashable, Codable, Sendable, CaseIterable {
  /// Every device has all of the layer and computes images of its own.
  case data
  /// Every device has a slice of the layer's output channels and computes all images of the data
  /// part.
  case model
}
