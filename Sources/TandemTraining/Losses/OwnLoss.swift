/// A loss that a program brings along: a number for one image, and its gradient.
///
/// Every worker calls it for its own images, at the same time as the others do.
///
/// ```swift
/// struct AbsoluteError: OwnLoss {
///   func evaluate(
///     outputs: UnsafeBufferPointer<Float>, label: Int, gradient: UnsafeMutableBufferPointer<Float>
///   ) -> Double {
///     var sum = 0.0
///     for i in outputs.indices {
///       let difference = outputs[i] - (i == label ? 1 : 0)
///       sum += Double(abs(difference))
///       gradient[i] = difference > 0 ? 1 : difference < 0 ? -1 : 0
///     }
///     return sum
///   }
/// }
/// options.ownLoss = AbsoluteError()
/// ```
public protocol OwnLoss: Hashable, Sendable {
  /// The loss of one image.
  ///
  /// - Parameters:
  ///   - outputs: `[outputs]` of the network.
  ///   - label: the image's class.
  ///   - gradient: `[outputs]`, to be overwritten with the gradient of this loss.
  func evaluate(
    outputs: UnsafeBufferPointer<Float>, label: Int, gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double
}
