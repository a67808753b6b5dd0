import CKernels
import TandemNetwork

/// What training makes smaller: a number for each image, from the network's outputs and the label.
public enum Loss: Hashable, Sendable {
  case crossEntropy(SoftmaxCrossEntropy)
  case binaryCrossEntropy
  case meanSquaredError
  case radialBasis(RadialBasisLoss)
  /// A loss that the program brings along.
  case own(AnyOwnLoss)

  /// Which loss, without its options.
  public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
    case crossEntropy = "cross-entropy"
    case binaryCrossEntropy = "binary-cross-entropy"
    case meanSquaredError = "mse"
    case radialBasis = "radial-basis"
    /// A loss that a program brought along, which others cannot make.
    case own

    /// Those that are built in.
    public static let allCases: [Kind] = [
      .crossEntropy, .binaryCrossEntropy, .meanSquaredError, .radialBasis,
    ]

    /// What a network is trained with unless the user says otherwise. The softmax of a single
    /// output would always be 1.
    public init(naturalFor graph: NetworkGraph) {
      if graph.nodes.last?.layer.outputMeaning == .distances {
        self = .radialBasis
      } else {
        self = graph.outputShape.elementCount == 1 ? .binaryCrossEntropy : .crossEntropy
      }
    }
  }

  /// - Throws: `LossError.labelSmoothing` for a number outside 0…1, or for a loss that has none.
  package init(_ kind: Kind, labelSmoothing: Float = 0) throws(LossError) {
    if kind != .crossEntropy, labelSmoothing != 0 {
      throw .noLabelSmoothing(kind)
    }
    self =
      switch kind {
      case .crossEntropy: .crossEntropy(try SoftmaxCrossEntropy(labelSmoothing: labelSmoothing))
      case .binaryCrossEntropy: .binaryCrossEntropy
      case .meanSquaredError: .meanSquaredError
      case .radialBasis: .radialBasis(RadialBasisLoss())
      case .own: throw .own
      }
  }

  /// What evaluation measures: the loss without label smoothing.
  func withoutSmoothing() throws -> Loss {
    if case .own = self { self } else { try Loss(kind) }
  }

  public var kind: Kind {
    switch self {
    case .crossEntropy: .crossEntropy
    case .binaryCrossEntropy: .binaryCrossEntropy
    case .meanSquaredError: .meanSquaredError
    case .radialBasis: .radialBasis
    case .own: .own
    }
  }

  /// Sums loss and hits over images and writes the gradient.
  ///
  /// - Parameters:
  ///   - logits: `[images, outputs]`.
  ///   - labels: `[images]`, each in `0..<outputs`, or 0 and 1 where there is one output.
  ///   - gradient: `[images, outputs]`, overwritten with the gradient of the sum of losses times
  ///     `scale`.
  ///   - scale: 1 / images of the whole mini-batch makes gradients those of the mean loss.
  package func evaluate(
    logits: UnsafePointer<Float>, labels: UnsafePointer<Int32>, images: Int, outputs: Int,
    gradient: UnsafeMutablePointer<Float>? = nil, scale: Float = 1
  ) -> LossSum {
    let sum: tandem_loss_sum
    switch self {
    case .crossEntropy(let loss):
      return loss.evaluate(
        logits: logits, labels: labels, images: images, classes: outputs, gradient: gradient,
        scale: scale)
    case .binaryCrossEntropy:
      sum = tandem_binary_cross_entropy(logits, labels, images, outputs, gradient, scale)
    case .meanSquaredError:
      sum = tandem_mean_squared_error(logits, labels, images, outputs, gradient, scale)
    case .radialBasis(let loss):
      sum = tandem_radial_basis_loss(
        logits, labels, images, outputs, loss.rubbish, gradient, scale)
    case .own(let loss):
      return loss.evaluate(
        logits: logits, labels: labels, images: images, outputs: outputs, gradient: gradient,
        scale: scale)
    }
    return LossSum(loss: sum.loss, top1: Int(sum.top1), top5: Int(sum.top5), images: images)
  }

  /// Whether the loss computes a layer itself, so that a network must not end with it.
  func computes(_ layer: any Layer) -> Bool {
    switch self {
    case .crossEntropy, .radialBasis: layer.outputMeaning == .classProbabilities
    case .binaryCrossEntropy:
      layer.outputMeaning == .classProbabilities || layer.outputMeaning == .probabilities
    case .meanSquaredError, .own: false
    }
  }

  /// Whether a network with so many outputs tells so many classes apart: one output is enough for
  /// two classes where each output has a target of its own.
  public func fits(outputs: Int, classes: Int) -> Bool {
    switch self {
    case .crossEntropy, .radialBasis: outputs >= classes
    case .binaryCrossEntropy, .meanSquaredError, .own:
      outputs == 1 ? classes <= 2 : outputs >= classes
    }
  }
}
