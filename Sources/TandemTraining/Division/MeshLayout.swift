import TandemNetwork

/// How the devices of a mesh share one network.
struct MeshLayout: Sendable {
  /// What each device has of the layers.
  let placed: PlacedNetwork
  /// Which devices are on which rank.
  let devices: RankDevices
  /// Which devices have gradients of which elements.
  let gradients: DeviceGradients

  /// - Throws: `PlacementError`.
  init(_ placed: PlacedNetwork, _ devices: RankDevices) throws {
    self.placed = placed
    self.devices = devices
    gradients = try DeviceGradients(placed)
  }
}
