import CKernels
import Foundation
import TandemNetwork
import TandemTensor

/// Replaces numbers by their sums over logical shards; waits for the other shards.
package typealias StatisticsSum = (UnsafeMutableBufferPointer<Double>) throws -> Void

/// One worker's executable copy of a network: a plan and the memory to run it in.
///
/// Ownership: driven by exactly one thread, the one that made it; not `Sendable`. It reads the
/// parameters' arena, which nobody may write while `forward` or `backward` runs, except for the
/// ranges that `backward` has reported as finished on every worker.
package final class Replica {
  package enum Pass: Sendable {
    case forward, backward
  }

  package let plan: Plan
  /// Called with the index of a layer's node in the graph before each of its instructions, so that
  /// others can be told where this replica is.
  package var reachesNode: ((Pass, _ node: Int) -> Void)?

  /// Replaces numbers by their sums over all logical shards that belong together, in the midst of a
  /// pass: for layers that normalise over more images than this replica has. nil where these are
  /// all.
  package var sumOverShards: StatisticsSum?

  /// Waits until all devices of the model group have written what a crossing is about; needed by
  /// plans of devices.
  package var meet: Meeting?

  /// Notes when passes and instructions run; nil for nothing, which costs nothing.
  package var timeline: Timeline?

  /// Waits instead of computing; nil for computing, as a rule.
  package internal(set) var emulated: EmulatedComputing?

  private let workspace: Workspace
  let program: BoundProgram
  private var parametersAreNew = true
  /// The instructions that make this replica's part of the copies it shares; nil if it shares none.
  private let partOfCopies: [Int]?
  /// Those of them that are made anew when parameters have changed: of frozen layers none.
  private let changingCopies: [Int]?
  private var copiesAreMade = false

  /// - Parameters:
  ///   - parameters: an arena laid out by `plan.graph.parameterLayout`; must outlive the replica.
  ///   - copies: to share with other replicas of the same plan, of which this one makes a part, see
  ///     `prepareCopies`; its own if nil.
  ///   - crossings: what the devices of a model group have in common; for plans of devices.
  ///   - workspace: memory to share with other replicas of the same worker; its own if nil.
  /// - Throws: `ExecutionError.wrongOperations` where oneDNN computes wrong numbers by an operation
  ///   of the plan, `ExecutionError`, `MemoryError.outOfMemory`.
  package init(
    plan: Plan, parameters: UnsafeMutablePointer<Float>, workspace: Workspace? = nil,
    copies: ParameterCopies.Part? = nil, crossings: CrossingMemory? = nil
  ) throws {
    precondition(
      plan.crossingBytes <= crossings?.arena.byteCount ?? 0, "no memory to share with other devices"
    )
    OneDNN.useOneThreadHere()
    try OperationChecks.require(plan)
    self.plan = plan
    let workspace = try workspace ?? Workspace(for: [plan])
    precondition(workspace.byteCount >= plan.arenaBytes, "the workspace is made for other plans")
    self.workspace = workspace
    precondition(copies.map { $0.copies.plan === plan } ?? true, "copies of another plan")
    partOfCopies = copies.map { plan.copies(part: $0.number, of: $0.parts) }
    changingCopies = partOfCopies?.filter { plan.graph.nodes[plan.prepare[$0].node].isTrained }
    program = try BoundProgram(
      plan, parameters: parameters, workspace: workspace,
      copies: copies?.copies ?? ParameterCopies(for: plan), crossingMemory: crossings)
  }

  /// Memory that this replica does not touch between the end of forward and the beginning of
  /// backward: `plan.roomBytes` for other replicas of the same thread, to be used only then.
  package var room: Workspace {
    Workspace(of: workspace, from: plan.offsets[plan.room.index], byteCount: plan.roomBytes)
  }

  /// Notes that the parameters have changed; call it after every change. Copies in other formats
  /// are made anew by the next forward pass. Replicas that share copies make them by
  /// `prepareCopies`.
  package func parametersChanged() {
    parametersAreNew = true
  }

  /// Makes this replica's part of the copies of parameters that it shares with others. After every
  /// change of the parameters all of them must have done so before any of them runs. Frozen ones do
  /// not change once this was called.
  package func prepareCopies() throws {
    guard let copies = copiesAreMade ? changingCopies : partOfCopies else { return }
    copiesAreMade = true
    emulated?.begin()
    for index in copies { try run(program.prepare[index], number: index) }
  }

  /// Computes the logits of a mini-batch.
  /// - Parameters:
  ///   - images: `[N, C, H, W]` with N = `plan.images`; must stay untouched until backward ends.
  ///   - dropout: where the images stand in the epoch; needed if the network has active dropout.
  package func forward(images: UnsafePointer<Float>, dropout: DropoutContext? = nil) throws {
    timeline?.enter(.forward)
    emulated?.begin()
    try begin(images: images, dropout: dropout)
    let first = program.prepare.count
    for index in program.forward.indices {
      reachesNode?(.forward, program.forwardNodes[index])
      try run(program.forward[index], number: first + index)
    }
  }

  /// - Parameter number: the instruction's place in `plan.report`.
  @inline(__always)
  private func run(_ instruction: BoundInstruction, number: Int) throws {
    guard let timeline, timeline.detail == .operators else {
      try perform(instruction, number: number)
      return
    }
    let begin = Timeline.now
    try perform(instruction, number: number)
    timeline.add(.instruction(number, images: plan.images), from: begin)
  }

  @inline(__always)
  private func perform(_ instruction: BoundInstruction, number: Int) throws {
    guard let emulated else { return try instruction.run(program) }
    try emulated.stand(inFor: number) { try instruction.run(program) }
  }

  private func begin(images: UnsafePointer<Float>, dropout: DropoutContext?) throws {
    program.dropout = dropout
    program.sumOverShards = sumOverShards
    program.meet = meet
    try program.bindImages(UnsafeMutablePointer(mutating: images))
    if parametersAreNew, partOfCopies == nil {
      for index in program.prepare.indices { try run(program.prepare[index], number: index) }
      parametersAreNew = false
    }
  }

  /// The output of the last layer, plain `[N] + outputShape`; valid from forward until backward.
  package var logits: UnsafePointer<Float> {
    UnsafePointer(program.pointer(plan.logits))
  }

  /// Where the caller puts the gradient of the loss with respect to the logits before backward.
  package var logitsGradient: UnsafeMutablePointer<Float> {
    guard let gradient = plan.logitsGradient else {
      preconditionFailure("a plan for inference has no backward pass")
    }
    return program.pointer(gradient)
  }

  /// The outputs of auxiliary branches, in the order of `plan.graph.auxiliaryOutputs`; none at
  /// inference. Like the logits and their gradient, of the same shape.
  package var auxiliaryOutputs: [AuxiliaryOutput] {
    plan.auxiliaries.map {
      AuxiliaryOutput(
        weight: $0.weight, logits: UnsafePointer(program.pointer($0.logits)),
        gradient: program.pointer($0.gradient))
    }
  }

  /// One output beside the network's own, whose loss counts `weight` times.
  package struct AuxiliaryOutput {
    package let weight: Float
    package let logits: UnsafePointer<Float>
    package let gradient: UnsafeMutablePointer<Float>
  }

  /// The gradient of the loss with respect to the images, plain `[N, C, H, W]`, after backward; nil
  /// if the plan was not asked to compute it.
  package var imagesGradient: UnsafePointer<Float>? {
    plan.imagesGradient.map { UnsafePointer(program.pointer($0)) }
  }

  /// What an inner layer put out, plain `[N] + outputShape` of the node; valid from forward until
  /// the next one.
  /// - Parameter node: one that the plan was asked to observe (`PlanUse.observed`).
  package func observedOutput(ofNode node: Int) -> UnsafePointer<Float> {
    UnsafePointer(program.pointer(observation(ofNode: node).output))
  }

  /// The gradient with respect to an inner layer's output, of the same shape, after backward.
  /// - Parameter node: as above.
  package func observedGradient(ofNode node: Int) -> UnsafePointer<Float> {
    guard let gradient = observation(ofNode: node).gradient else {
      preconditionFailure("a plan for inference has no backward pass")
    }
    return UnsafePointer(program.pointer(gradient))
  }

  private func observation(ofNode node: Int) -> Plan.Observation {
    guard let observation = plan.observations[node] else {
      preconditionFailure("the plan does not observe \(plan.graph.nodes[node].name)")
    }
    return observation
  }

  /// Computes the gradients of all parameters from `logitsGradient`.
  /// - Parameters:
  ///   - gradients: an arena laid out by `plan.graph.parameterLayout`; overwritten unless
  ///     `adding`. In the places of running statistics it receives those of these images, times
  ///     their share of the step.
  ///   - adding: whether to add to what is there, which takes a plan that adds gradients.
  ///   - factors: where these images' factors of weight gradients go, one for each layer of
  ///     `plan.factored`; the gradients of those weights are left as they are.
  ///   - shareOfImage: what one image counts in the statistics of the whole step; nil for these
  ///     images being all of it.
  ///   - finished: called with e when the gradients `[0, e)` of the arena are final and the
  ///     parameters `[0, e)` will not be read again in this pass.
  package func backward(
    into gradients: UnsafeMutablePointer<Float>, adding: Bool = false, factors: [FactorRows] = [],
    shareOfImage: Float? = nil, finished: (Int) -> Void = { _ in }
  ) throws {
    precondition(plan.mode == .training, "a plan for inference has no backward pass")
    precondition(factors.count == plan.factored.count, "\(plan.factored.count) layers have factors")
    precondition(!adding || plan.addsGradients, "the plan is not made for adding gradients")
    program.factors = factors
    program.addsGradients = adding
    program.shareOfImage = shareOfImage
    try program.bindGradients(gradients)
    timeline?.enter(.backward)
    emulated?.begin()
    let first = program.prepare.count + program.forward.count
    var nextMark = 0
    for index in program.backward.indices {
      reachesNode?(.backward, program.backwardNodes[index])
      try run(program.backward[index], number: first + index)
      while nextMark < plan.finished.count, plan.finished[nextMark].instruction <= index {
        finished(plan.finished[nextMark].elements)
        nextMark += 1
      }
    }
  }

  /// Makes all activations, gradients of them and operators' scratch memory zero.
  func clearWorkspace() { memset(workspace.base, 0, workspace.byteCount) }

  /// Runs forward and looks at every value on the way.
  /// - Returns: the first parameter or layer that is not finite, in words; nil if all are.
  package func findNonFinite(
    images: UnsafePointer<Float>, dropout: DropoutContext? = nil
  ) throws -> String? {
    let imageElements = plan.inputImages * plan.graph.inputShape.elementCount
    if !Self.isFinite(images, imageElements) { return "the input images" }
    for entry in plan.graph.parameterLayout.entries.reversed()
    where !Self.isFinite(program.parameters + entry.offset, entry.elementCount) {
      return "parameter \(entry.name)"
    }
    // Other shards and devices may not come here: they would be waited for. What devices have
    // written at crossings is still there.
    let (sumOverShards, meet) = (sumOverShards, meet)
    self.sumOverShards = nil
    self.meet = meet.map { _ in { _ in } }
    defer { (self.sumOverShards, self.meet) = (sumOverShards, meet) }
    try begin(images: images, dropout: dropout)
    for (index, instruction) in plan.forward.enumerated() {
      try program.forward[index].run(program)
      // Of a tensor that is put together from windows, the rest may be anything until the last is
      // there.
      let isComplete = !plan.forward[(index + 1)...].contains {
        $0.node == instruction.node && !Set($0.writes).isDisjoint(with: instruction.writes)
      }
      if isComplete, program.hasNonFiniteOutput(instruction) {
        return "layer \(instruction.label.split(separator: " ")[0])"
      }
    }
    return nil
  }

  static func isFinite(_ values: UnsafePointer<Float>, _ count: Int) -> Bool {
    tandem_all_finite(values, count) != 0
  }
}
