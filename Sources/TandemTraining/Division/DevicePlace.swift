/// Which device of a mesh a worker is: devices are numbered group by group, as the workers of all
/// ranks are.
struct DevicePlace: Hashable, Sendable {
  /// The device within its model group.
  let member: Int
  /// The group among those that have devices on this rank.
  let group: Int

  init(worker: Int, _ devices: RankDevices) {
    let device = devices.own.lowerBound + worker
    member = device % devices.mesh.model
    group = device / devices.mesh.model - devices.own.lowerBound / devices.mesh.model
  }
}
