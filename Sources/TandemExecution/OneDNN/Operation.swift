import COneDNN

/// One computation that oneDNN has agreed to do: its implementation is chosen, and with it the
/// formats of all its arguments.
final class Operation {
  let handle: onednn_operation

  /// Runs one of the shim's creation functions.
  /// - Parameter activity: what is being created, for the error: `conv1 backward`.
  init(_ activity: String, _ create: (UnsafeMutablePointer<onednn_operation?>) -> Int32) throws {
    var handle: onednn_operation?
    try OneDNN.check(create(&handle), "creating \(activity)")
    self.handle = handle!
  }

  deinit {
    onednn_operation_destroy(handle)
  }

  /// The format chosen for an argument.
  func descriptor(_ role: onednn_role) -> MemoryDescriptor {
    guard let descriptor = optionalDescriptor(role) else {
      preconditionFailure("the operation has no argument of role \(role)")
    }
    return descriptor
  }

  /// The format of an argument that not every operation has: workspace and scratchpad.
  func optionalDescriptor(_ role: onednn_role) -> MemoryDescriptor? {
    onednn_operation_descriptor(handle, role).map { MemoryDescriptor(adopting: $0) }
  }

  var implementation: String { String(cString: onednn_operation_implementation(handle)) }
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
