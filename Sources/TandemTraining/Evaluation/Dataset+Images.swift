import TandemData
import TandemTensor

extension Dataset {
  /// All images, normalised, `[N, C, H, W]`.
  /// - Throws: `MemoryError.outOfMemory`, and what the data set throws.
  func images(_ normalization: Normalization) throws -> Tensor {
    let shape = imageShape.batched(count)
    let elements = imageShape.elementCount
    try MemoryLimits.require(
      bytes: shape.elementCount * MemoryLayout<Float>.size, purpose: "the images of \(name)")
    var tensor = Tensor(repeating: 0, shape: shape)
    try tensor.elements.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      for index in 0..<count {
        try readImage(index, normalization: normalization, into: base + index * elements)
      }
    }
    return tensor
  }
}
