import COneDNN

/// A primitive with a stream of its own, to run once on checked tensors.
package struct CheckedPrimitive {
  package typealias Argument = (kind: onednn_argument_kind, tensor: CheckedTensor)

  private let operation: Operation

  init(_ operation: Operation) { self.operation = operation }

  package func run(_ arguments: [Argument]) throws {
    let activity = "checking \(operation.implementation)"
    var arguments = arguments
    if let scratchpad = try operation.optionalDescriptor(onednn_role_scratchpad) {
      arguments.append((onednn_argument_scratchpad, CheckedTensor(scratchpad)))
    }
    let primitive = try Primitive(operation, activity)
    var stream: onednn_stream?
    try OneDNN.check(onednn_stream_create(&stream), activity)
    defer { onednn_stream_destroy(stream) }
    var memories: [onednn_memory] = []
    defer { for memory in memories { onednn_memory_destroy(memory) } }
    let bound = try arguments.map { argument in
      var memory: onednn_memory?
      try OneDNN.check(
        onednn_memory_create(
          &memory, argument.tensor.descriptor.handle, argument.tensor.memory), activity)
      memories.append(memory!)
      return onednn_argument(
        kind: onednn_argument_number(argument.kind), memory: memory)
    }
    try OneDNN.check(
      onednn_primitive_execute(primitive.handle, stream, Int32(bound.count), bound, true),
      activity)
    withExtendedLifetime((arguments, primitive)) {}
  }
}
