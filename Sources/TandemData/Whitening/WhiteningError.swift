import TandemTensor

/// Why images cannot be whitened.
package enum WhiteningError: Error, Hashable, CustomStringConvertible {
  case tooLarge(Shape)
  case epsilon(Double)
  case notFinite(dataset: String)

  package var description: String {
    switch self {
    case .tooLarge(let shape):
      "ZCA whitening of images \(shape) takes a matrix of \(shape.elementCount) × \(shape.elementCount) "
        + "numbers, and images may have \(ZCAWhitening.mostValues) values; use smaller images or another "
        + "`normalization`"
    case .epsilon(let epsilon):
      "ZCA whitening cannot have the epsilon \(epsilon); use a number above 0"
    case .notFinite(let dataset):
      "ZCA whitening of \(dataset) leads beyond all numbers; use a larger epsilon, or mend images that "
        + "are not finite"
    }
  }
}
