import CKernels
import TandemTensor

/// The three products of a small dense layer y = x·Wᵀ + b by kernels of our own, x `[N, I]`,
/// W `[O, I]`, y `[N, O]`, all in plain order; see `Products/products.h`.
struct DenseProducts {
  let images: Int
  let inputs: Int
  let outputs: Int

  /// The most weights: the second cache holds them.
  ///
  /// Measured on one core of a Zen 5 as parts of oneDNN 2.6.3's time, gradients of the input and of
  /// the weights: 400 → 120 of 64 images 1.00 and 0.97, 120 → 84 0.91 and 0.80, 84 → 10 0.51 and
  /// 0.38, 784 → 512 1.02 and 0.99, and where another core has updated the weights 4,320 → 100 of
  /// 50 images 0.90; with AVX2 0.97 and 0.96, 0.97 and 0.93, 0.66 and 0.60, 1.00 and 1.01. Forward
  /// of 8 images 0.98, 1.17, 0.43, 0.81 and of 4,320 → 100 0.72; with AVX2 of 64 images 1.09, 1.17,
  /// 0.72, 1.06 and 1.01. Of larger layers the right factor has to be copied in parts, which oneDNN
  /// does: gradients of 1,024 → 1,000 of 16 images 1.17 and 1.01, of 4,096 → 4,096 of 64 images
  /// 1.15 and 1.56.
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
  func emitBackwardWeights(
    _ label: String, source: Operand, outputGradient: Operand, weightGradient: Operand,
    isKept: Bool, _ builder: inout PlanBuilder
  ) {
    var product = product(rows: outputs, columns: inputs, terms: images, adds: false)
    (product.left_row, product.left_term) = (1, outputs)
    builder.emit(
      label: label, in: .backward,
      reads: [source.buffer, outputGradient.buffer, weightGradient.buffer],
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
