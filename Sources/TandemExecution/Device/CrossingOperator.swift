import CKernels
import TandemNetwork
import TandemTensor

/// Forward: each device writes what others need of its part of a value, all meet, and each takes
/// what it needs. Backward: each writes the gradient of what it took, all meet, and each adds up
/// what concerns its own part, in the order of the devices.
///
/// At the network's outputs all devices have the same gradient, and each takes its own part of it.
final class CrossingOperator: Operator {
  private let layer: CrossingLayer
  private let site: OperatorSite

  let backwardReadsOutput = false

  init(_ layer: CrossingLayer, _ site: OperatorSite) {
    self.layer = layer
    self.site = site
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let device = device(builder)
    let geometry = geometry(device)
    let member = device.graph.member
    let (held, needed) = (geometry.before[member], geometry.after[member])
    // What comes from other replicas is float32, and travels as what is computed here.
    let isInput = site.node.inputs == [.networkInput]
    let type = isInput ? builder.elementType : inputs[0].descriptor.elementType
    let value = try builder.reordered(
      inputs[0], to: geometry.format(held, type), label: "\(site.name) input", in: .forward)
    let segments = try shared(
      device.crossingLayout.forward[layer.crossing], type, geometry, label: "", &builder)
    for (segment, memory) in segments where segment.giver == member {
      try copy(
        geometry, of: value, held, to: memory, segment.part, label: "\(site.name) put down",
        in: .forward, &builder)
    }
    meet("\(site.name) forward", segments, of: member, in: .forward, &builder)

    let output = builder.operand("\(site.name) output", try geometry.format(needed, type))
    for giver in geometry.members {
      let label = "\(site.name) from device \(giver)"
      if giver == member {
        try copy(
          geometry, of: value, held, to: output, needed, label: label, in: .forward, &builder)
      }
      for (segment, memory) in segments
      where segment.giver == giver && segment.takers.contains(member) {
        try copy(
          geometry, of: memory, segment.part, to: output, needed, label: label, in: .forward,
          &builder)
      }
    }
    return output
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    let device = device(builder)
    let geometry = geometry(device)
    let member = device.graph.member
    let (held, needed) = (geometry.before[member], geometry.after[member])
    // Sums are made in float32.
    let inputGradient = builder.operand(
      "\(site.name) input gradient", try geometry.format(held, .float32))
    let gradient = try builder.reordered(
      outputGradient, to: geometry.format(needed, .float32),
      label: "\(site.name) output gradient", in: .backward)
    if device.graph.outputCrossings.contains(layer.crossing) {
      try copy(
        geometry, of: gradient, needed, to: inputGradient, held, label: "\(site.name) own part",
        in: .backward, &builder)
      return [inputGradient]
    }
    let segments = try shared(
      device.crossingLayout.backward[layer.crossing], .float32, geometry, label: " gradient",
      &builder)
    for (segment, memory) in segments where segment.giver == member {
      try copy(
        geometry, of: gradient, needed, to: memory, segment.part,
        label: "\(site.name) put down gradient", in: .backward, &builder)
    }
    meet("\(site.name) backward", segments, of: member, in: .backward, &builder)

    let count = inputGradient.descriptor.storedElements
    builder.emit(
      label: "\(site.name) gradient clear", in: .backward, reads: [],
      writes: [inputGradient.buffer]
    ) { context in
      context.floats(inputGradient).update(repeating: 0, count: count)
    }
    for taker in geometry.members {
      let label = "\(site.name) gradient from device \(taker)"
      if taker == member {
        try copy(
          geometry, of: gradient, needed, to: inputGradient, held, adding: true, label: label,
          in: .backward, &builder)
      }
      for (segment, memory) in segments
      where segment.giver == taker && segment.takers.contains(member) {
        try copy(
          geometry, of: memory, segment.part, to: inputGradient, held, adding: true, label: label,
          in: .backward, &builder)
      }
    }
    return [inputGradient]
  }

  private func device(_ builder: PlanBuilder) -> DevicePart {
    guard let device = builder.device else { preconditionFailure("crossings are for devices") }
    return device
  }

  private func geometry(_ device: DevicePart) -> CrossingGeometry {
    CrossingGeometry(device.graph.crossings[layer.crossing], images: device.images)
  }

  // MARK: Instructions

  private typealias SharedSegment = (segment: CrossingLayout.Segment, memory: Operand)

  /// The segments of one pass, in the memory of the group.
  private func shared(
    _ segments: [CrossingLayout.Segment], _ type: ElementType, _ geometry: CrossingGeometry,
    label: String, _ builder: inout PlanBuilder
  ) throws -> [SharedSegment] {
    try segments.map { segment in
      let descriptor = try geometry.format(segment.part, type)
      let takers = segment.takers.map(String.init).joined(separator: ", ")
      let buffer = builder.buffer(
        "\(site.name)\(label) of device \(segment.giver) for \(takers)",
        byteCount: descriptor.byteCount, home: .group(offset: segment.offset), elementType: type)
      return (segment, Operand(buffer: buffer, descriptor: descriptor))
    }
  }

  private func meet(
    _ label: String, _ segments: [SharedSegment], of member: Int, in section: PlanBuilder.Section,
    _ builder: inout PlanBuilder
  ) {
    let travelling = segments.map { segment, memory in
      CrossingSegment(
        giver: segment.giver, takers: segment.takers,
        bytes: segment.offset..<segment.offset + memory.descriptor.byteCount,
        fillsPlace: memory.descriptor.elementType == .float32)
    }
    builder.emit(
      label: label, in: section,
      reads: segments.filter { $0.segment.giver == member }.map(\.memory.buffer),
      writes: segments.filter { $0.segment.takers.contains(member) }.map(\.memory.buffer)
    ) { context in
      guard let meet = context.meet else {
        preconditionFailure("a device has others to meet: set Replica.meet")
      }
      try meet(travelling)
    }
  }

  /// Copies what two parts have in common.
  private func copy(
    _ geometry: CrossingGeometry, of source: Operand, _ sourcePart: CrossingPart,
    to destination: Operand, _ destinationPart: CrossingPart, adding: Bool = false,
    label: String, in section: PlanBuilder.Section, _ builder: inout PlanBuilder
  ) throws {
    for window in geometry.windows(sourcePart, destinationPart) {
      guard let from = source.descriptor.window(window.shape, at: window.inA),
        let to = destination.descriptor.window(window.shape, at: window.inB)
      else { preconditionFailure("segments begin and end with blocks") }
      try builder.reorder(
        source.viewed(as: from), to: destination.viewed(as: to), adding: adding, label: label,
        in: section)
    }
  }
}
