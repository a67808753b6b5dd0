import COneDNN

/// One computation that oneDNN has agreed to do: its implementation is chosen, and with it the
/// formats of all its arguments.
final class Operation {
  let handle: onednn_operation
  let request: OperationRequest
  /// The request of the forward pass, if this is a backward pass.
  let forwardRequest: OperationRequest?

  /// - Parameters:
  ///   - activity: what is being created, for the error: `conv1 backward`.
  ///   - forward: the forward pass, if this is a backward pass.
  init(_ activity: String, _ request: OperationRequest, forward: Operation? = nil) throws {
    var handle: onednn_operation?
    try OneDNN.check(request.create(&handle, forward: forward?.handle), "creating \(activity)")
    self.handle = handle!
    self.request = request
    forwardRequest = forward?.request
  }

  deinit {
    onednn_operation_destroy(handle)
  }

  /// The format chosen for an argument.
  func descriptor(_ role: onednn_role) throws -> MemoryDescriptor {
    guard let descriptor = try optionalDescriptor(role) else {
      preconditionFailure("the operation has no argument of role \(role)")
    }
    return descriptor
  }

  /// The format of an argument that not every operation has: workspace and scratchpad.
  func optionalDescriptor(_ role: onednn_role) throws -> MemoryDescriptor? {
    var descriptor: onednn_descriptor?
    try OneDNN.check(
      onednn_operation_descriptor(&descriptor, handle, role), "looking up a chosen format")
    return descriptor.map { MemoryDescriptor(adopting: $0) }
  }

  var implementation: String { String(cString: onednn_operation_implementation(handle)) }

  /// Whether oneDNN has nothing better than plain loops for it.
  var isReference: Bool { implementation.contains("ref") }
}

/// Compiled code. It holds no data, so several threads may execute it at once, each with memory of
/// its own.
final class Primitive: @unchecked Sendable {  // Sendable: oneDNN primitives are immutable.
  let handle: onednn_primitive
  let implementation: String

  init(_ operation: Operation, _ activity: String) throws {
    var handle: onednn_primitive?
    try OneDNN.check(
      onednn_primitive_create(&handle, operation.handle), "compiling \(activity)")
    self.handle = handle!
    implementation = operation.implementation
  }

  deinit {
    onednn_primitive_destroy(handle)
  }
}
