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
    /// In the replica's arena, sharing its place with buffers of other lifetimes.
    case arena
    /// A copy of a parameter in another format; lives as long as the replica.
    case parameterCopy
    /// In the parameters' arena, this many elements after its start.
    case parameters(offset: Int)
    /// In the gradients' arena, this many elements after its start.
    case gradients(offset: Int)
    /// In the memory that the devices of a model group share, this many bytes after its start.
    case group(offset: Int)
    /// The mini-batch that the caller hands in, `[N, C, H, W]`.
    case images
  }
}
