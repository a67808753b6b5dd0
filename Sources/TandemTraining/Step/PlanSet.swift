import TandemCollectives
import TandemExecution
import TandemNetwork
import TandemTensor

/// What a plan is compiled for.
struct PlanKey: Hashable, Sendable {
  /// Images that are computed at once: of a shard, or of each device of a model group.
  let images: [Int]
  /// The device of the model group; 0 for a whole network.
  let member: Int

  /// Of a whole network.
  init(images: Int) {
    self.init(images: [images], member: 0)
  }

  init(images: [Int], member: Int) {
    self.images = images
    self.member = member
  }
}

/// The plans for the different numbers of images that shards can have, and for the different devices of
/// model groups, compiled once for all workers.
struct PlanSet: Sendable {
  let graph: NetworkGraph
  let plans: [PlanKey: Plan]
  /// Shared by all workers, or by those that are the same device of their groups.
  private let copies: [PlanKey: ParameterCopies]
  /// By model group; none for whole networks.
  private let crossings: [CrossingMemory]

  /// To be called on a worker's thread.
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
    plans = try Dictionary(
      uniqueKeysWithValues: keys.map { key in
        if let devices {
          return (
            key,
            try Plan(
              DevicePart(devices[key.member], images: key.images), mode: mode,
              precision: precision, addsGradients: addsGradients)
          )
        }
        return (
          key,
          try Plan(
            graph, images: key.images[0], mode: mode, precision: precision, factored: factored,
            addsGradients: addsGradients)
        )
      })
    copies = try plans.mapValues { try ParameterCopies(for: $0) }
    crossings = try (0..<groups).map { [plans] _ in try CrossingMemory(for: Array(plans.values)) }
  }

  /// Those of a device, in the order of their numbers of images.
  func keys(ofMember member: Int) -> [PlanKey] {
    plans.keys.filter { $0.member == member }
      .sorted { $0.images.lexicographicallyPrecedes($1.images) }
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
  var arenaBytes: Int { plans.values.map(\.arenaBytes).max() ?? 0 }

  /// By the device of a model group and the number of images, for reports.
  var reported: [[Int: Plan]] {
    (0...(plans.keys.map(\.member).max() ?? 0)).map { member in
      Dictionary(
        keys(ofMember: member).compactMap { plans[$0] }.map { ($0.images, $0) },
        uniquingKeysWith: { first, _ in first })
    }
  }
}
