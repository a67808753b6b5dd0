import CKernels

/// Where the factors of a layer's weight gradient are, from some image on.
package struct FactorRows {
  /// `[N, I]`, rows `FactoredWeight.inputStride` apart.
  package let input: UnsafeMutablePointer<Float>
  /// `[N, O]`, rows `FactoredWeight.outputStride` apart.
  package let outputGradient: UnsafeMutablePointer<Float>
  /// Whether what is put there is rounded to bfloat16.
  package let areRounded: Bool

  package init(
    input: UnsafeMutablePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
    areRounded: Bool = false
  ) {
    self.input = input
    self.outputGradient = outputGradient
    self.areRounded = areRounded
  }

  /// Copies rows without gaps to rows that are `stride` elements apart.
  func copy(
    _ source: UnsafePointer<Float>, to destination: UnsafeMutablePointer<Float>, rows: Int,
    length: Int, stride: Int
  ) {
    if length == stride {
      copy(source, to: destination, count: rows * length)
      return
    }
    for row in 0..<rows {
      copy(source + row * length, to: destination + row * stride, count: length)
    }
  }

  private func copy(
    _ source: UnsafePointer<Float>, to destination: UnsafeMutablePointer<Float>, count: Int
  ) {
    if areRounded {
      tandem_round_to_bfloat16(destination, source, count)
    } else {
      destination.update(from: source, count: count)
    }
  }
}
