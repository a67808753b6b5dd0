import CKernels
import TandemNetwork
import TandemTensor

/// Forward: each device puts down what it has of a value, all meet, and each takes what it needs from all.
/// Backward: each puts down the gradient of what it took, all meet, and each adds up what concerns its
/// own part, in the order of the devices.
///
/// At the network's outputs all devices have the same gradient, and each takes its own part of it.
final class CrossingOperator: Operator {
  private let layer: CrossingLayer
  private let site: OperatorSite
  private var source: Operand?
  private var output: Operand?

  let backwardReadsOutput = false

  init(_ layer: CrossingLayer, _ site: OperatorSite) {
    self.layer = layer
    self.site = site
  }

  /// Channels that oneDNN keeps together in most formats of maps.
  private static let block = 16

  /// What one of the devices has before or after the crossing.
  private struct Part {
    let images: Range<Int>
    let channels: ChannelSet
  }

  private struct Geometry {
    let crossing: Crossing
    let device: DevicePart

    var members: Range<Int> { device.images.indices }

    func before(_ member: Int) -> Part { part(crossing.from, member) }
    func after(_ member: Int) -> Part { part(crossing.to, member) }

    private func part(_ distribution: Distribution, _ member: Int) -> Part {
      Part(
        images: device.images(of: distribution, member: member),
        channels: distribution.channels(ofMember: member, of: crossing.shape[0]))
    }

    /// Blocks of channels where no piece begins or ends within a block, else plain order.
    func format(_ part: Part, _ type: ElementType) throws -> MemoryDescriptor {
      let shape = Shape([part.channels.count] + crossing.shape.dimensions.dropFirst())
      return try .blocked(shape.batched(part.images.count), block: block, type)
    }

    private var block: Int {
      let bounds = members.flatMap { before($0).channels.ranges + after($0).channels.ranges }
        .flatMap { [$0.lowerBound, $0.upperBound] }
      let fits = crossing.shape.rank == 3 && bounds.allSatisfy { $0 % CrossingOperator.block == 0 }
      return fits ? CrossingOperator.block : 1
    }

    /// The windows that two parts have in common: shape, and where they begin in each.
    func windows(_ a: Part, _ b: Part) -> [(shape: Shape, inA: [Int], inB: [Int])] {
      let images = a.images.clamped(to: b.images)
      if images.isEmpty { return [] }
      let rest = crossing.shape.dimensions.dropFirst()
      return a.channels.intersection(b.channels).ranges.map { common in
        (
          shape: Shape([images.count, common.count] + rest),
          inA: [images.lowerBound - a.images.lowerBound, a.channels.position(of: common)]
            + rest.map { _ in 0 },
          inB: [images.lowerBound - b.images.lowerBound, b.channels.position(of: common)]
            + rest.map { _ in 0 }
        )
      }
    }
  }

  private func geometry(_ plan: PlanBuilder) -> Geometry {
    guard let device = plan.device else { preconditionFailure("crossings are for devices") }
    return Geometry(crossing: device.graph.crossings[layer.crossing], device: device)
  }

  func forward(_ inputs: [Operand], _ plan: inout PlanBuilder) throws -> Operand {
    let geometry = geometry(plan)
    let device = geometry.device
    let type = inputs[0].descriptor.elementType
    let pieces = try geometry.members.map { member in
      try shared(
        "\(site.name) of device \(member)", geometry.format(geometry.before(member), type),
        at: device.crossingLayout.held(layer.crossing, member: member), &plan)
    }
    let member = device.graph.member
    try plan.reorder(inputs[0], to: pieces[member], label: "\(site.name) put down", in: .forward)
    meet("\(site.name) forward", pieces, in: .forward, &plan)

    let own = geometry.after(member)
    let output = plan.operand("\(site.name) output", try geometry.format(own, type))
    for giver in geometry.members {
      for window in geometry.windows(geometry.before(giver), own) {
        try copy(
          window.shape, of: pieces[giver], at: window.inA, to: output, at: window.inB,
          label: "\(site.name) from device \(giver)", in: .forward, &plan)
      }
    }
    source = inputs[0]
    self.output = output
    return output
  }

  func backwardInput(_ outputGradient: Operand, _ plan: inout PlanBuilder) throws -> [Operand] {
    let geometry = geometry(plan)
    let device = geometry.device
    let member = device.graph.member
    let own = geometry.before(member)
    // Sums are made in float32.
    let inputGradient = plan.operand(
      "\(site.name) input gradient", try geometry.format(own, .float32))
    if device.graph.outputCrossings.contains(layer.crossing) {
      let gradient = try plan.reordered(
        outputGradient, to: geometry.format(geometry.after(member), .float32),
        label: "\(site.name) output gradient", in: .backward)
      for window in geometry.windows(geometry.after(member), own) {
        try copy(
          window.shape, of: gradient, at: window.inA, to: inputGradient, at: window.inB,
          label: "\(site.name) own part", in: .backward, &plan)
      }
      return [inputGradient]
    }
    let pieces = try geometry.members.map { member in
      try shared(
        "\(site.name) gradient of device \(member)",
        geometry.format(geometry.after(member), .float32),
        at: device.crossingLayout.returned(layer.crossing, member: member), &plan)
    }
    try plan.reorder(
      outputGradient, to: pieces[member], label: "\(site.name) put down gradient", in: .backward)
    meet("\(site.name) backward", pieces, in: .backward, &plan)

    let count = inputGradient.descriptor.storedElements
    plan.emit(
      label: "\(site.name) gradient clear", in: .backward, reads: [],
      writes: [inputGradient.buffer]
    ) { context in
      context.floats(inputGradient).update(repeating: 0, count: count)
    }
    for taker in geometry.members {
      for window in geometry.windows(geometry.after(taker), own) {
        try copy(
          window.shape, of: pieces[taker], at: window.inA, to: inputGradient, at: window.inB,
          adding: true, label: "\(site.name) gradient from device \(taker)", in: .backward, &plan)
      }
    }
    return [inputGradient]
  }

  // MARK: Instructions

  private func shared(
    _ label: String, _ descriptor: MemoryDescriptor, at offset: Int, _ plan: inout PlanBuilder
  ) throws -> Operand {
    Operand(
      buffer: plan.buffer(
        label, byteCount: descriptor.byteCount, home: .group(offset: offset),
        elementType: descriptor.elementType),
      descriptor: descriptor)
  }

  private func meet(
    _ label: String, _ pieces: [Operand], in section: PlanBuilder.Section,
    _ plan: inout PlanBuilder
  ) {
    let buffers = pieces.map(\.buffer)
    plan.emit(label: label, in: section, reads: buffers, writes: []) { context in
      guard let meet = context.meet else {
        preconditionFailure("a device has others to meet: set Replica.meet")
      }
      try meet()
    }
  }

  private func copy(
    _ shape: Shape, of source: Operand, at start: [Int], to destination: Operand, at place: [Int],
    adding: Bool = false, label: String, in section: PlanBuilder.Section,
    _ plan: inout PlanBuilder
  ) throws {
    guard let from = source.descriptor.window(shape, at: start),
      let to = destination.descriptor.window(shape, at: place)
    else { preconditionFailure("pieces begin and end with blocks") }
    try plan.reorder(
      source.viewed(as: from), to: destination.viewed(as: to), adding: adding, label: label,
      in: section)
  }
}

extension ChannelSet {
  /// How many of these come before the first of some of them.
  fileprivate func position(of range: Range<Int>) -> Int {
    ranges.reduce(0) { $0 + max(0, min($1.upperBound, range.lowerBound) - $1.lowerBound) }
  }
}
