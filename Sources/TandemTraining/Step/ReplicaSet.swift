import TandemCollectives
import TandemExecution
import TandemNetwork
import TandemTensor

/// The plans for the different numbers of images that shards can have, compiled once for all workers.
struct PlanSet: Sendable {
  let graph: NetworkGraph
  /// By their numbers of images.
  let plans: [Int: Plan]
  /// By the number of images; shared by all workers.
  private let copies: [Int: ParameterCopies]

  /// To be called on a worker's thread.
  /// - Throws: `ExecutionError` if the network cannot be compiled.
  init(
    graph: NetworkGraph, imageCounts: Set<Int>, mode: Plan.Mode, precision: Precision = .float32,
    factored: [FactoredWeight] = [], addsGradients: Bool = false
  ) throws {
    self.graph = graph
    var plans: [Int: Plan] = [:]
    for images in imageCounts.sorted() {
      plans[images] = try Plan(
        graph, images: images, mode: mode, precision: precision, factored: factored,
        addsGradients: addsGradients)
    }
    self.plans = plans
    copies = try plans.mapValues { try ParameterCopies(for: $0) }
  }

  /// In the order of their numbers of images.
  var all: [Plan] { plans.values.sorted { $0.images < $1.images } }

  /// Whether workers make copies of parameters in other formats.
  var hasCopies: Bool { all.contains { $0.parameterCopyBytes > 0 } }

  func copies(images: Int) -> ParameterCopies? { copies[images] }

  /// Bytes of the memory that one worker runs all of them in.
  var arenaBytes: Int { all.map(\.arenaBytes).max() ?? 0 }
}

/// One worker's replicas, one for each number of images, in one workspace.
///
/// Ownership: belongs to one worker and stays on its thread.
final class ReplicaSet {
  /// Elements of one image's output.
  let outputs: Int
  /// Elements of one image.
  let imageElements: Int
  private var replicas: [Int: Replica] = [:]
  private let hasCopies: Bool
  /// The numbers of images of the replicas whose copies of the parameters are those of the present ones.
  private var prepared: Set<Int> = []

  /// - Parameter activity: is told which layer the worker is at, and when.
  /// - Throws: `MemoryError.outOfMemory`, `ExecutionError`.
  init(
    _ plans: PlanSet, parameters: MemoryArena, worker: Worker, activity: StepActivity
  ) throws {
    hasCopies = plans.hasCopies
    outputs = plans.graph.outputShape.elementCount
    imageElements = plans.graph.inputShape.elementCount
    let workspace = try Workspace(for: plans.all)
    for plan in plans.all {
      let replica = try Replica(
        plan: plan, parameters: parameters.floats(), workspace: workspace,
        copies: plans.copies(images: plan.images).map {
          ParameterCopies.Part($0, number: worker.index, of: worker.count)
        })
      replica.timeline = activity.timeline
      replica.reachesNode = { pass, node in activity.note(pass, node: node) }
      replicas[plan.images] = replica
    }
  }

  func replica(images: Int) -> Replica {
    guard let replica = replicas[images] else {
      preconditionFailure("no plan for \(images) images")
    }
    return replica
  }

  /// Makes the copies of parameters in other formats that replicas for these numbers of images need, if
  /// they are not there. All workers come here with the same numbers.
  /// - Throws: `TeamError.abandoned` if another worker has failed, `ExecutionError`.
  func prepareCopies(imageCounts: Set<Int>, worker: Worker) throws {
    if !hasCopies || imageCounts.isSubset(of: prepared) { return }
    for images in imageCounts where !prepared.contains(images) {
      try replica(images: images).prepareCopies()
    }
    prepared.formUnion(imageCounts)
    try worker.barrier()
  }

  /// To be called after each update of the parameters.
  func parametersChanged() {
    prepared = []
  }
}
