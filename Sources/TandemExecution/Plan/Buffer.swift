/// A piece of memory that instructions read and write. Where it lives is decided when the plan is
/// complete.
struct Buffer: Sendable {
  let id: ID
  /// What is in it, for reports: `conv1 output`.
  let label: String
  let byteCount: Int
  let home: Home
  let elementType: ElementType

  struct ID: Hashable, Sendable {
    let index: Int
  }

  enum Home: Hashable, Sendable {
    /// A place in the replica's arena, shared with buffers of other lifetimes.
    case arena
    /// A copy of a parameter in another format; lives as long as the replica.
    case parameterCopy
    /// A place in the parameters' arena, this many elements after its start.
    case parameters(offset: Int)
    /// A place in the gradients' arena, this many elements after its start.
    case gradients(offset: Int)
    /// A place in the memory that the devices of a model group share, this many bytes after its
    /// start.
    case group(offset: Int)
    /// The mini-batch that the caller hands in, `[N, C, H, W]`.
    case images
  }
}
