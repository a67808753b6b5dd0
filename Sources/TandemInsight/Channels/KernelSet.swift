import TandemImage
import TandemTensor

/// The kernels of a convolution as pictures.
package struct KernelSet: Sendable {
  /// `[O, I, KH, KW]`
  package let weights: Tensor
  /// Which of the input channels is shown, where these are no colours.
  package let inputChannel: Int

  /// - Parameter weights: `[O, I, KH, KW]`
  package init(weights: Tensor, inputChannel: Int = 0) {
    precondition(weights.shape.rank == 4 && inputChannel < weights.shape[1], "\(weights.shape)")
    self.weights = weights
    self.inputChannel = inputChannel
  }

  package var count: Int { weights.shape[0] }
  /// Kernels of three channels are shown in their colours.
  package var isColoured: Bool { weights.shape[1] == 3 }

  /// The largest absolute value of what is shown of the first `count` kernels.
  private func largest(_ count: Int) -> Float {
    (0..<count).flatMap(planes).reduce(0) { max($0, abs($1)) }
  }

  /// Of a kernel what is shown: three planes, or one.
  private func planes(_ kernel: Int) -> ArraySlice<Float> {
    let plane = weights.shape[2] * weights.shape[3]
    let start = kernel * weights.shape[1] * plane
    if isColoured { return weights.elements[start..<start + 3 * plane] }
    let first = start + inputChannel * plane
    return weights.elements[first..<first + plane]
  }

  /// The first kernels on one scale: 0 is grey, the largest absolute value of them all black or
  /// white.
  package func pictures(_ count: Int) -> [Picture] {
    let scale = largest(count)
    let plane = weights.shape[2] * weights.shape[3]
    return (0..<count).map { kernel in
      let values = Array(planes(kernel)).map { value -> UInt8 in
        guard scale > 0, scale.isFinite, value.isFinite else { return 128 }
        return UInt8((127.5 * (1 + value / scale)).rounded())
      }
      let samples =
        isColoured
        ? (0..<plane).flatMap { place in (0..<3).map { values[$0 * plane + place] } }
        : values
      return Picture(
        width: weights.shape[3], height: weights.shape[2], channels: isColoured ? .colour : .grey,
        samples: samples)
    }
  }
}
