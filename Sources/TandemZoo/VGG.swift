import TandemNetwork
import TandemTensor

// Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition"
// (2014), https://arxiv.org/abs/1409.1556, table 1: columns A to E. Parameters have torchvision's
// names (`features.0.weight`), so its weights of vgg11, 13, 16 and 19 fit A, B, D and E.
//
// First weights are those of Glorot and Bengio with biases of 0, with which the paper says (section
// 3.1) that all columns train from the start; the paper itself starts the deeper ones from a
// trained A. The normalization of A-LRN is that of AlexNet's paper, to which this one refers, in
// one tower. Trained with batches of 256, momentum 0.9, weight decay 0.0005, dropout 0.5 and a rate
// of 0.01.
//
// `vgg-16-bn` and `vgg-19-bn` are torchvision's: D and E with a batch normalization after each
// convolution, and its first weights. https://docs.pytorch.org/vision/stable/models/vgg.html
//
// `vgg-11-torchvision` to `vgg-19-torchvision` are A, B, D and E as torchvision has them: maps that
// are not 7×7 in the end, because the images are not of 224×224 pixels, are averaged to 7×7, so
// that the dense layers are the same for images of any size. In the paper's columns they fit the
// maps.

extension Zoo {
  /// Columns of the paper's table 1, and torchvision's variants of two of them.
  public enum VGG: String, CaseIterable, Sendable {
    /// 11 layers.
    case a = "vgg-a"
    /// Column A with local response normalization.
    case aWithNormalization = "vgg-a-lrn"
    /// 13 layers.
    case b = "vgg-b"
    /// 16 layers, three of them convolutions of 1×1.
    case c = "vgg-c"
    /// VGG-16: 138,357,544 parameters.
    case d = "vgg-d"
    /// VGG-19: 143,667,240 parameters.
    case e = "vgg-e"
    /// torchvision's VGG-16 with batch normalization.
    case dWithBatchNorm = "vgg-16-bn"
    /// torchvision's VGG-19 with batch normalization.
    case eWithBatchNorm = "vgg-19-bn"
    /// Column A with dense layers for images of any size.
    case aTorchvision = "vgg-11-torchvision"
    /// Column B with dense layers for images of any size.
    case bTorchvision = "vgg-13-torchvision"
    /// VGG-16 with dense layers for images of any size.
    case dTorchvision = "vgg-16-torchvision"
    /// VGG-19 with dense layers for images of any size.
    case eTorchvision = "vgg-19-torchvision"

    /// Edges of the convolutions before each pooling.
    var kernels: [[Int]] {
      switch self {
      case .a, .aWithNormalization, .aTorchvision: [[3], [3], [3, 3], [3, 3], [3, 3]]
      case .b, .bTorchvision: [[3, 3], [3, 3], [3, 3], [3, 3], [3, 3]]
      case .c: [[3, 3], [3, 3], [3, 3, 1], [3, 3, 1], [3, 3, 1]]
      case .d, .dWithBatchNorm, .dTorchvision:
        [[3, 3], [3, 3], [3, 3, 3], [3, 3, 3], [3, 3, 3]]
      case .e, .eWithBatchNorm, .eTorchvision:
        [[3, 3], [3, 3], [3, 3, 3, 3], [3, 3, 3, 3], [3, 3, 3, 3]]
      }
    }

    var normalizesBatch: Bool { self == .dWithBatchNorm || self == .eWithBatchNorm }

    /// Whether maps of images of any size are averaged to 7×7.
    var averagesMaps: Bool {
      switch self {
      case .aTorchvision, .bTorchvision, .dTorchvision, .eTorchvision: true
      default: false
      }
    }

    var summary: String {
      let paper = "Simonyan and Zisserman 2014, column"
      return switch self {
      case .a: "\(paper) A, 11 layers"
      case .aWithNormalization: "\(paper) A with local response normalization"
      case .b: "\(paper) B, 13 layers"
      case .c: "\(paper) C, 16 layers, three of them 1×1"
      case .d: "\(paper) D, VGG-16"
      case .e: "\(paper) E, VGG-19"
      case .dWithBatchNorm: "torchvision's VGG-16 with batch normalization"
      case .eWithBatchNorm: "torchvision's VGG-19 with batch normalization"
      case .aTorchvision: "torchvision's VGG-11: vgg-a for images of any size"
      case .bTorchvision: "torchvision's VGG-13: vgg-b for images of any size"
      case .dTorchvision: "torchvision's VGG-16: vgg-d for images of any size"
      case .eTorchvision: "torchvision's VGG-19: vgg-e for images of any size"
      }
    }
  }

  static let vggs = VGG.allCases.map { column in
    ZooEntry(
      column.rawValue, family: "VGG", summary: column.summary, input: [3, 224, 224], classes: 1000
    ) { vgg(column, classes: $0.classes, input: $0.input, width: $0.width) }
  }

  /// A very deep network of 3×3 convolutions (Simonyan and Zisserman 2014,
  /// https://arxiv.org/abs/1409.1556, table 1). VGG-16 is column D.
  /// - Parameters:
  ///   - input: `[C, H, W]`
  ///   - width: the factor of the numbers of channels and hidden units, above 0 and up to 64.
  ///   - adaptivePooling: whether the last maps are averaged to 7×7 where they have another size,
  ///     so that the dense layers are the same for images of any size; nil as the column has it.
  ///     For images of 224×224 pixels there is nothing to average and no such layer.
  public static func vgg(
    _ column: VGG, classes: Int = 1000, input: Shape = [3, 224, 224], width: Double = 1,
    adaptivePooling: Bool? = nil
  ) -> Network {
    let maps = input.dimensions.dropFirst().map { $0 >> column.kernels.count }
    let averages = (adaptivePooling ?? column.averagesMaps) && maps != [7, 7]
    let plan = ZooPlan(column.rawValue, input: input, classes: classes, width: width)
    return plan.network {  // [N,3,224,224]
      Block("features") {
        vggFeatures(
          plan, column.kernels, normalizesResponse: column == .aWithNormalization,
          normalizesBatch: column.normalizesBatch)
      }
      if averages { AdaptiveAveragePool2D(7).named("avgpool") }
      Block("classifier") {
        let initializer =
          column.normalizesBatch ? Initializer.normal(standardDeviation: 0.01) : .xavierUniform
        Stage("fc6") {  // → [N,4096]
          Dense(
            plan.channels(4096), weightInitializer: initializer, biasInitializer: .constant(0)
          ).named("0")
          ReLU().named("1")
          Dropout(0.5).named("2")
        }
        Stage("fc7") {  // → [N,4096]
          Dense(
            plan.channels(4096), weightInitializer: initializer, biasInitializer: .constant(0)
          ).named("3")
          ReLU().named("4")
          Dropout(0.5).named("5")
        }
        Stage("fc8") {  // → [N,1000]
          Dense(plan.classes, weightInitializer: initializer, biasInitializer: .constant(0))
            .named("6")
        }
      }
    }
  }

  /// Five stages of 64 to 512 maps; layers are named by their place, as in torchvision.
  private static func vggFeatures(
    _ plan: ZooPlan, _ kernels: [[Int]], normalizesResponse: Bool, normalizesBatch: Bool
  ) -> [NetworkElement] {
    var place = 0
    func next(_ layer: some Layer) -> NetworkElement {
      defer { place += 1 }
      return layer.named("\(place)")
    }
    return zip([64, 128, 256, 512, 512], kernels).enumerated().map { index, stage in
      var elements: [NetworkElement] = []
      for kernel in stage.1 {
        let padding: Padding = kernel == 3 ? 1 : 0
        elements.append(
          next(
            Conv2D(
              plan.channels(stage.0), kernel: Size2D(kernel), padding: padding,
              weightInitializer: normalizesBatch ? .heNormalFanOut : .xavierUniform,
              biasInitializer: .constant(0))))
        if normalizesBatch { elements.append(next(BatchNorm2D())) }
        elements.append(next(ReLU()))
        if normalizesResponse, elements.count == 2, index == 0 {
          elements.append(next(LocalResponseNorm(alphaReading: .sum)))
        }
      }
      elements.append(next(MaxPool2D(2)))
      return NetworkElement(.stage(title: "conv\(index + 1)", elements))
    }
  }
}
