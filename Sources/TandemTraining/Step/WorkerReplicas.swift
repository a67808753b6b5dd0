import TandemCollectives
import TandemExecution
import TandemNetwork
import TandemTensor

/// One worker's replicas, one for each number of images, in one workspace.
///
/// Ownership: belongs to one worker and stays on its thread.
final class WorkerReplicas {
  /// Elements of one image's output.
  let outputs: Int
  /// Elements of one image.
  let imageElements: Int
  private var replicas: [PlanKey: Replica] = [:]
  private let hasCopies: Bool
  /// The replicas whose copies of the parameters are those of the present ones.
  private var prepared: Set<PlanKey> = []

  /// - Parameters:
  ///   - place: of the worker's device in the mesh; nil where it computes the whole network.
  ///   - activity: is told which layer the worker is at, and when.
  /// - Throws: `MemoryError.outOfMemory`, `ExecutionError`.
  init(
    _ plans: Plans, parameters: MemoryArena, worker: Worker, place: DevicePlace?,
    activity: StepActivity
  ) throws {
    hasCopies = plans.hasCopies
    outputs = plans.graph.outputShape.elementCount
    imageElements = plans.graph.inputShape.elementCount
    let keys = plans.keys(ofMember: place?.member ?? 0)
    let workspace = try Workspace(
      for: keys.filter { $0.piece == nil }.compactMap { plans.plans[$0] })
    var room: Workspace?
    for key in keys {
      guard let plan = plans.plans[key] else { continue }
      let replica = try Replica(
        plan: plan, parameters: parameters.floats(),
        workspace: key.piece == nil ? workspace : room,
        copies: plans.copies(key).map {
          ParameterCopies.Part(
            $0, number: place?.group ?? worker.index,
            of: place.map { _ in plans.groups } ?? worker.count)
        }, crossings: plans.crossingMemory(group: place?.group ?? 0))
      if key.piece == nil { room = replica.room }
      replica.timeline = activity.timeline
      let before = plan.nodesBefore
      replica.reachesNode = { pass, node in activity.note(pass, node: before + node) }
      replicas[key] = replica
    }
  }

  func replica(_ key: PlanKey) -> Replica {
    guard let replica = replicas[key] else { preconditionFailure("no plan for \(key)") }
    return replica
  }

  /// Makes the copies of parameters in other formats that replicas need, if they are not there. All
  /// workers come here for the same mini-batch.
  /// - Throws: `TeamError.abandoned` if another worker has failed, `ExecutionError`.
  func prepareCopies(_ keys: Set<PlanKey>, worker: Worker) throws {
    if !hasCopies || keys.isSubset(of: prepared) { return }
    for key in keys where !prepared.contains(key) { try replicas[key]?.prepareCopies() }
    prepared.formUnion(keys)
    try worker.barrier()
  }

  /// Measures all replicas, one after the other, and lets them wait instead of computing from now
  /// on.
  /// - Parameters:
  ///   - gradients: an arena of a shard's gradients, which will not be zero afterwards.
  ///   - factored: the weights with factored gradients.
  /// - Throws: `MemoryError.outOfMemory`, `ExecutionError`.
  func emulateComputing(
    gradients: UnsafeMutablePointer<Float>, factored: [FactoredWeight]
  ) throws {
    let elements =
      replicas.values.map(\.plan)
      .map { $0.inputImages * $0.graph.inputShape.elementCount }.max() ?? 0
    let images = try MemoryArena(
      byteCount: elements * MemoryLayout<Float>.size, purpose: "images to measure with")
    for index in 0..<elements { images.floats()[index] = Float(index % 251) / 251 }
    // All workers have replicas for the largest shard, so that in the rows of a step they would
    // meet others.
    let factors = try FactoredGradients(
      factored, images: replicas.values.map(\.plan.images).max() ?? 0)
    let dropout = DropoutContext(seed: 0, epoch: 0, firstPosition: 0)
    try withExtendedLifetime((images, factors)) {
      for replica in replicas.values {
        try replica.emulateComputing(
          images: images.floats(), dropout: dropout, gradients: gradients,
          factors: factors.rows(from: 0))
      }
    }
  }

  /// Notes that the parameters have changed; call it after each update.
  func parametersChanged() {
    prepared = []
  }
}
