import TandemCollectives
import TandemExecution
import TandemNetwork
import TandemTensor

/// The plans for the different numbers of images that shards can have, and for the different
/// devices of model groups, compiled once for all workers.
struct Plans: Sendable {
  let graph: NetworkGraph
  let plans: [PlanKey: Plan]
  /// Shared by all workers, or by those that are the same device of their groups.
  private let copies: [PlanKey: ParameterCopies]
  /// The memory of each model group; none for whole networks.
  private let crossings: [CrossingMemory]

  /// Compiles the plans; call it on a worker's thread.
  ///
  /// - Parameters:
  ///   - placed: where devices of a mesh share the work; nil where each computes the whole network.
  ///   - groups: how many model groups there are here.
  /// - Throws: `ExecutionError` if the network cannot be compiled, `PlacementError`.
  init(
    graph: NetworkGraph, placed: PlacedNetwork? = nil, groups: Int = 0, keys: Set<PlanKey>,
    mode: Plan.Mode, precision: Precision = .float32, factored: [FactoredWeight] = [],
    addsGradients: Bool = false
  ) throws {
    self.graph = graph
    let devices = try placed.map { placed in
      try (0..<placed.mesh.model).map { try DeviceGraph(placed, member: $0) }
    }
    if let devices, keys.contains(where: { $0.piece != nil }) {
      plans = try Self.inPieces(
        devices.map(DividedDevice.init), keys: keys, mode: mode, precision: precision,
        addsGradients: addsGradients)
    } else {
      plans = try Dictionary(
        uniqueKeysWithValues: keys.map { key in
          if let devices {
            return (
              key,
              try Plan(
                DevicePart(devices[key.member], images: key.images), mode: mode,
                precision: precision, use: PlanUse(addsGradients: addsGradients))
            )
          }
          return (
            key,
            try Plan(
              graph, images: key.images[0], mode: mode, precision: precision,
              use: PlanUse(factored: factored, addsGradients: addsGradients))
          )
        })
    }
    copies = try plans.mapValues { try ParameterCopies(for: $0) }
    crossings = try (0..<groups).map { [plans] _ in try CrossingMemory(for: Array(plans.values)) }
  }

  /// The plans of layers behind a crossing add up gradients over the pieces, and run in the room of
  /// those of the layers before it.
  private static func inPieces(
    _ devices: [DividedDevice], keys: Set<PlanKey>, mode: Plan.Mode, precision: Precision,
    addsGradients: Bool
  ) throws -> [PlanKey: Plan] {
    var plans: [PlanKey: Plan] = [:]
    for key in keys {
      guard let piece = key.piece else { continue }
      plans[key] = try Plan(
        DevicePart(devices[key.member].back, images: piece), mode: mode, precision: precision,
        use: PlanUse(
          gradientOfImages: devices[key.member].front.nodes.contains(where: \.isTrained),
          addsGradients: true))
    }
    for key in keys where key.piece == nil {
      let room = plans.filter { $0.key.images == key.images && $0.key.member == key.member }
        .map(\.value.arenaBytes).max()
      plans[key] = try Plan(
        devices[key.member].front, images: key.images[key.member], mode: mode, precision: precision,
        use: PlanUse(addsGradients: addsGradients, roomBytes: room ?? 0))
    }
    return plans
  }

  /// Those of a device, in the order of their numbers of images, each before those of its pieces.
  func keys(ofMember member: Int) -> [PlanKey] {
    plans.keys.filter { $0.member == member }
      .sorted { $0.order.lexicographicallyPrecedes($1.order) }
  }

  /// Model groups that have devices here.
  var groups: Int { crossings.count }

  /// Whether workers make copies of parameters in other formats.
  var hasCopies: Bool { plans.values.contains { $0.parameterCopyBytes > 0 } }

  func copies(_ key: PlanKey) -> ParameterCopies? { copies[key] }

  /// What the devices of a model group have in common; nil for whole networks.
  func crossingMemory(group: Int) -> CrossingMemory? {
    crossings.isEmpty ? nil : crossings[group]
  }

  /// Bytes of the memory that one worker runs all of them in.
  var arenaBytes: Int { plans.filter { $0.key.piece == nil }.map(\.value.arenaBytes).max() ?? 0 }

  /// The plans by device of a model group and number of images, for reports.
  var reported: [[Int: Plan]] {
    (0...(plans.keys.map(\.member).max() ?? 0)).map { member in
      Dictionary(
        keys(ofMember: member).filter { $0.piece == nil }.compactMap { plans[$0] }.map {
          ($0.images, $0)
        },
        uniquingKeysWith: { first, _ in first })
    }
  }
}
