/// A plain, row-major array of float32 on the host: what files hold and what users hand in and get
/// back. Not what the engine computes on: that lives in arenas (`MemoryArena`).
public struct Tensor: Hashable, Sendable {
  public var shape: Shape
  /// Row-major elements; `elements.count == shape.elementCount`.
  public var elements: [Float]

  public init(shape: Shape, elements: [Float]) {
    precondition(elements.count == shape.elementCount, "\(elements.count) elements for \(shape)")
    self.shape = shape
    self.elements = elements
  }

  public init(repeating value: Float, shape: Shape) {
    self.init(shape: shape, elements: Array(repeating: value, count: shape.elementCount))
  }
}
