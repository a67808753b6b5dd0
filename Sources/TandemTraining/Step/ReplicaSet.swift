import TandemExecution
import TandemNetwork
import TandemTensor

/// The plans for the different numbers of images that shards can have, compiled once for all workers.
struct PlanSet: Sendable {
  let graph: NetworkGraph
  /// By their numbers of images.
  let plans: [Int: Plan]

  /// To be called on a worker's thread.
  /// - Throws: `ExecutionError` if the network cannot be compiled.
  init(
    graph: NetworkGraph, imageCounts: Set<Int>, mode: Plan.Mode, factored: [FactoredWeight] = []
  ) throws {
    self.graph = graph
    var plans: [Int: Plan] = [:]
    for images in imageCounts.sorted() {
      plans[images] = try Plan(graph, images: images, mode: mode, factored: factored)
    }
    self.plans = plans
  }

  /// In the order of their numbers of images.
  var all: [Plan] { plans.values.sorted { $0.images < $1.images } }

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

  /// - Parameter activity: is told which layer the worker is at, and when.
  /// - Throws: `MemoryError.outOfMemory`, `ExecutionError`.
  init(_ plans: PlanSet, parameters: MemoryArena, activity: StepActivity) throws {
    outputs = plans.graph.outputShape.elementCount
    imageElements = plans.graph.inputShape.elementCount
    let workspace = try Workspace(for: plans.all)
    for plan in plans.all {
      let replica = try Replica(
        plan: plan, parameters: parameters.floats(), workspace: workspace)
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

  /// To be called after each update of the parameters.
  func parametersChanged() {
    for replica in replicas.values { replica.parametersChanged() }
  }
}
