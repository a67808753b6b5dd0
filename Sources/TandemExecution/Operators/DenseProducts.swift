import CKernels
import TandemTensor

/// The three products of a small dense layer y = f(x·Wᵀ + b) by kernels of our own, x `[N, I]`,
/// W `[O, I]`, y `[N, O]`, all in plain order; see `Products/products.h`. Not forward before a
/// sigmoid.
struct DenseProducts {
  let images: Int
  let inputs: Int
  let outputs: Int

  /// The most weights for which both gradients were measured to be hardly slower than oneDNN's: of
  /// larger layers the right factor has to be copied in parts, which oneDNN does. Parts of oneDNN
  /// 2.6.3's time on one core of a Zen 5:
  ///
  ///     layer          vectors   dx, 64 images   dW, 64 images   y, 8 images   y, 64 images
  ///     84 → 10        AVX-512            0.54            0.38          0.43           0.82
  ///                    AVX2               0.69            0.59          0.28           0.72
  ///     120 → 84       AVX-512            0.91            0.93          1.17           1.43
  ///                    AVX2               0.97            0.93          0.65           1.17
  ///     400 → 120      AVX-512            1.00            0.97          0.98           1.12
  ///                    AVX2               0.98            0.96          0.77           1.09
  ///     784 → 512      AVX-512            1.02            1.01          0.81           1.09
  ///                    AVX2               1.00            1.12          0.78           1.06
  ///     4096 → 4096    AVX-512            1.15            1.56
  ///
  /// With AVX-512 forward of many images is another kernel's in training (`LaneChoice`), and so
  /// where the input is in lane order; elsewhere the slower forward is taken for the same bits with
  /// any oneDNN.
  static let mostWeights = 1 << 19

  /// nil for larger layers.
  init?(images: Int, weights: Shape) {
    if weights.elementCount > Self.mostWeights { return nil }
    self.images = images
    (outputs, inputs) = (weights[0], weights[1])
  }

  private func product(rows: Int, columns: Int, terms: Int, adds: Bool) -> tandem_product {
    tandem_product(
      rows: rows, columns: columns, terms: terms, left_row: 0, left_term: 0, right_row: columns,
      result_row: columns, adds: adds, set: LaneChoice.instructions)
  }

  /// y = f(x·Wᵀ + b).
  func emitForward(
    _ label: String, source: Operand, weights: Operand, bias: Operand?, output: Operand,
    activation: tandem_lane_activation, _ builder: inout PlanBuilder
  ) {
    var product = product(rows: images, columns: outputs, terms: inputs, adds: bias != nil)
    (product.left_row, product.left_term, product.right_row) = (inputs, 1, inputs)
    let (images, outputs) = (images, outputs)
    builder.emit(
      label: label, in: .forward,
      reads: [source.buffer, weights.buffer] + (bias.map { [$0.buffer] } ?? []),
      writes: [output.buffer]
    ) { [product] context in
      let values = context.floats(output)
      if let bias {
        let biases = context.floats(bias)
        for image in 0..<images { (values + image * outputs).update(from: biases, count: outputs) }
      }
      tandem_multiply_transposed(
        context.floats(source), context.floats(weights), values, product)
      switch activation {
      case tandem_lane_activation_relu: tandem_rectify(values, values, images * outputs, false)
      case tandem_lane_activation_tanh:
        tandem_scaled_tanh_forward(values, values, 1, 1, images * outputs)
      default: break
      }
    }
  }

  /// dW = dyᵀ·x, or that much more where gradients are added.
  /// - Parameter isKept: false for weights that are not trained, whose gradient has no place where
  ///   something could be.
  func emitBackwardWeights(
    _ label: String, source: Operand, outputGradient: Operand, weightGradient: Operand,
    isKept: Bool, _ builder: inout PlanBuilder
  ) {
    var product = product(rows: outputs, columns: inputs, terms: images, adds: false)
    (product.left_row, product.left_term) = (1, outputs)
    let readsGradient = isKept && builder.addsGradients
    builder.emit(
      label: label, in: .backward,
      reads: [source.buffer, outputGradient.buffer]
        + (readsGradient ? [weightGradient.buffer] : []),
      writes: [weightGradient.buffer]
    ) { [product] context in
      var product = product
      product.adds = isKept && context.addsGradients
      tandem_multiply(
        context.floats(outputGradient), context.floats(source), context.floats(weightGradient),
        product)
    }
  }

  /// dx = dy·W.
  func emitBackwardInput(
    _ label: String, outputGradient: Operand, weights: Operand, inputGradient: Operand,
    _ builder: inout PlanBuilder
  ) {
    var product = product(rows: images, columns: inputs, terms: outputs, adds: false)
    (product.left_row, product.left_term) = (outputs, 1)
    builder.emit(
      label: label, in: .backward, reads: [outputGradient.buffer, weights.buffer],
      writes: [inputGradient.buffer]
    ) { [product] context in
      tandem_multiply(
        context.floats(outputGradient), context.floats(weights), context.floats(inputGradient),
        product)
    }
  }
}
