import TandemData
import TandemTensor

/// What a network says of some images.
public struct Predictions: Sendable {
  /// The outputs, `[N] + outputShape`: before a softmax where the loss computes one.
  public let logits: Tensor
  /// The loss that the network was trained with.
  public let loss: Loss.Kind

  /// - Parameter logits: `[N] + outputShape`.
  public init(logits: Tensor, loss: Loss.Kind) {
    self.logits = logits
    self.loss = loss
  }

  /// The class of each image, the lowest among equals; nil where outputs are not finite numbers.
  public var classes: [Int?] { byImage(loss.predictedClass(outputs:)) }

  /// What the outputs are as probabilities, `[N] + outputShape`; nil for the mean squared error,
  /// whose outputs are none.
  /// - Throws: `MemoryError.outOfMemory`.
  public func probabilities() throws -> Tensor? {
    try MemoryLimits.require(
      bytes: logits.elements.count * MemoryLayout<Float>.size, purpose: "probabilities")
    var elements: [Float] = []
    elements.reserveCapacity(logits.elements.count)
    for row in byImage(loss.probabilities(outputs:)) {
      guard let row else { return nil }
      elements += row
    }
    return Tensor(shape: logits.shape, elements: elements)
  }

  /// The same for `[N / views]` pictures of which several views each were looked at: logits whose
  /// softmax, or sigmoid, is the mean of the views' probabilities.
  ///
  /// - Throws: `LossError.noProbabilities`.
  package func pooled(_ kind: PictureViews) throws -> Predictions {
    try loss.requireProbabilities(for: kind)
    let views = kind.count
    var shape = logits.shape.dimensions
    let outputs = logits.shape.elementCount / shape[0]
    shape[0] /= views
    var elements: [Float] = []
    elements.reserveCapacity(shape[0] * outputs)
    logits.elements.withUnsafeBufferPointer { all in
      for start in stride(from: 0, to: all.count, by: views * outputs) {
        let rows = UnsafeBufferPointer(rebasing: all[start..<start + views * outputs])
        loss.withPooled(rows, views: views) { pooled in
          elements += UnsafeBufferPointer(start: pooled, count: outputs)
        }
      }
    }
    return Predictions(logits: Tensor(shape: Shape(shape), elements: elements), loss: loss)
  }

  /// What `body` makes of the outputs of each image.
  private func byImage<Result>(_ body: (UnsafeBufferPointer<Float>) -> Result) -> [Result] {
    let outputs = logits.shape.elementCount / logits.shape[0]
    return logits.elements.withUnsafeBufferPointer { elements in
      stride(from: 0, to: elements.count, by: outputs).map { start in
        body(UnsafeBufferPointer(rebasing: elements[start..<start + outputs]))
      }
    }
  }
}
