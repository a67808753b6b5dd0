import COneDNN

/// What is the same of operations that are computed by the same code of oneDNN: the operation, the
/// implementation that was chosen, the formats of the arguments, and of convolutions and poolings
/// the window. `max pooling training jit:avx512_core, 3×3 stride 2: f32 aBcd16b → f32 aBcd16b`
package struct OperationKind: Sendable, CustomStringConvertible {
  package let description: String
  /// One that stands for all of the kind.
  let request: OperationRequest
  let forwardRequest: OperationRequest?

  init(_ operation: Operation) throws {
    request = operation.request
    forwardRequest = operation.forwardRequest
    let formats = try Self.formats(operation)
    description =
      "\(request.name) \(operation.implementation)\(request.windowText): "
      + "\(formats.inputs.joined(separator: ", ")) → \(formats.outputs.joined(separator: ", "))"
  }

  private static func formats(
    _ operation: Operation
  ) throws -> (inputs: [String], outputs: [String]) {
    let request = operation.request
    func chosen(_ roles: [onednn_role]) throws -> [String] {
      try roles.compactMap { try operation.optionalDescriptor($0)?.formatName }
    }
    let (inputs, outputs) = request.roles
    return switch request.kind {
    // What is given here, the operation does not always tell.
    case .reorder: ([request.source.formatName], [request.destination.formatName])
    default: (try chosen(inputs), try chosen(outputs))
    }
  }

  /// oneDNN's copy between two formats.
  package static func reorder(
    from source: MemoryDescriptor, to destination: MemoryDescriptor
  ) throws -> OperationKind {
    try OperationKind(
      Operation(
        "a reorder",
        OperationRequest(
          .reorder(adds: false), .inference, source: source, destination: destination)))
  }
}

extension OperationKind: Hashable {
  package static func == (a: OperationKind, b: OperationKind) -> Bool {
    a.description == b.description
  }
  package func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

extension OperationRequest {
  /// The arguments whose formats tell operations apart.
  fileprivate var roles: (inputs: [onednn_role], outputs: [onednn_role]) {
    switch pass {
    case .inference, .training:
      ([onednn_role_source, onednn_role_weights], [onednn_role_destination])
    case .backwardInput:
      ([onednn_role_destination_gradient, onednn_role_weights], [onednn_role_source_gradient])
    case .backwardParameters:
      ([onednn_role_source, onednn_role_destination_gradient], [onednn_role_weights_gradient])
    case .backward:
      ([onednn_role_source, onednn_role_destination_gradient], [onednn_role_source_gradient])
    }
  }

  fileprivate var name: String {
    let suffix = activation.map { " with \($0)" } ?? ""
    let pass =
      switch pass {
      case .inference: "inference"
      case .training: "training"
      case .backwardInput: "backward input"
      case .backwardParameters: "backward parameters"
      case .backward: "backward"
      }
    return switch kind {
    case .convolution: "convolution \(pass)\(suffix)\(bias == nil ? "" : " with bias")"
    case .dense: "dense \(pass)\(suffix)\(bias == nil ? "" : " with bias")"
    case .pooling(onednn_pooling_max, _): "max pooling \(pass)"
    case .pooling(onednn_pooling_average_include_padding, _):
      "average pooling \(pass) with padding"
    case .pooling: "average pooling \(pass)"
    case .activation(let activation): "\(activation) \(pass)"
    case .batchNormalization(_, _, let rectifies):
      "batch normalization \(pass)\(rectifies ? " with relu" : "")"
    case .softmax: "softmax \(pass)"
    case .reorder(let adds): adds ? "adding reorder" : "reorder"
    }
  }

  fileprivate var windowText: String {
    guard let window else { return "" }
    func pair(_ values: (Int64, Int64), _ separator: String) -> String {
      separator == "×" || values.0 != values.1
        ? "\(values.0)\(separator)\(values.1)" : "\(values.0)"
    }
    let (before, after) = (window.padding_before, window.padding_after)
    let groups = weights.map { $0.shape.count == 5 ? " in groups" : "" } ?? ""
    return ", \(pair(window.kernel, "×")) stride \(pair(window.stride, "/"))\(groups)"
      + (before == (0, 0) && after == (0, 0)
        ? "" : " padding \(pair(before, "/"))\(before == after ? "" : " to \(pair(after, "/"))")")
  }

  var window: onednn_window? {
    switch kind {
    case .convolution(let window), .pooling(_, let window): window
    default: nil
    }
  }
}

extension MemoryDescriptor {
  /// The format as oneDNN writes it: `f32 aBcd16b` are float32 maps in blocks of 16 channels.
  var formatName: String {
    let type = elementType == .float32 ? "f32" : "bf16"
    guard let layout else { return "\(type) of its own" }
    let shape = shape
    // An axis of one block or element is anywhere: it stands where it would in plain order.
    func isSingle(_ axis: Int) -> Bool {
      layout.dimensions[axis] == layout.blockSize(ofAxis: axis)
    }
    var axes = shape.indices.filter { !isSingle($0) }
      .sorted { layout.strides[$0] > layout.strides[$1] }
    for axis in shape.indices where isSingle(axis) {
      axes.insert(axis, at: axes.firstIndex { $0 > axis } ?? axes.endIndex)
    }
    func letter(_ axis: Int) -> String {
      String(UnicodeScalar(UInt8(ascii: "a") + UInt8(axis)))
    }
    var name = "\(type) "
    for axis in axes {
      name += layout.blockSize(ofAxis: axis) > 1 ? letter(axis).uppercased() : letter(axis)
    }
    for block in layout.blocks { name += "\(block.size)\(letter(block.axis))" }
    return name + (layout.dimensions == shape ? "" : " filled up") + (isWindow ? " window" : "")
  }
}
