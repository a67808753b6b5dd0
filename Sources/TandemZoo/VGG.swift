import TandemNetwork
import TandemTensor

// Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition" (2014),
// https://arxiv.org/abs/1409.1556, table 1: columns A to E. Parameters have torchvision's names
// (`features.0.weight`), so its weights of vgg11, 13, 16 and 19 fit A, B, D and E.
//
// First weights are those of Glorot and Bengio with biases of 0, with which the paper says (section 3.1)
// that all columns train from the start; the paper itself starts the deeper ones from a trained A.
// The normalization of A-LRN is that of AlexNet's paper, to which this one refers, in one tower.
// Trained with batches of 256, momentum 0.9, weight decay 0.0005, dropout 0.5 and a rate of 0.01.
//
// `vgg-16-bn` and `vgg-19-bn` are torchvision's: D and E with a batch normalization after each
// convolution, and its first weights. https://docs.pytorch.org/vision/stable/models/vgg.html

extension Zoo {
  static let vggs = [
    vgg("vgg-a", "column A, 11 layers", [[3], [3], [3, 3], [3, 3], [3, 3]]),
    vgg(
      "vgg-a-lrn", "column A with local response normalization",
      [[3], [3], [3, 3], [3, 3], [3, 3]], normalizesResponse: true),
    vgg("vgg-b", "column B, 13 layers", [[3, 3], [3, 3], [3, 3], [3, 3], [3, 3]]),
    vgg(
      "vgg-c", "column C, 16 layers, three of them 1×1",
      [[3, 3], [3, 3], [3, 3, 1], [3, 3, 1], [3, 3, 1]]),
    vgg(
      "vgg-d", "column D, VGG-16", [[3, 3], [3, 3], [3, 3, 3], [3, 3, 3], [3, 3, 3]]),
    vgg(
      "vgg-e", "column E, VGG-19",
      [[3, 3], [3, 3], [3, 3, 3, 3], [3, 3, 3, 3], [3, 3, 3, 3]]),
    vgg(
      "vgg-16-bn", "torchvision's VGG-16 with batch normalization",
      [[3, 3], [3, 3], [3, 3, 3], [3, 3, 3], [3, 3, 3]], normalizesBatch: true),
    vgg(
      "vgg-19-bn", "torchvision's VGG-19 with batch normalization",
      [[3, 3], [3, 3], [3, 3, 3, 3], [3, 3, 3, 3], [3, 3, 3, 3]], normalizesBatch: true),
  ]

  /// - Parameter kernels: of the convolutions before each pooling.
  private static func vgg(
    _ name: String, _ column: String, _ kernels: [[Int]], normalizesResponse: Bool = false,
    normalizesBatch: Bool = false
  ) -> ZooEntry {
    ZooEntry(
      name, family: "VGG",
      summary: normalizesBatch ? column : "Simonyan and Zisserman 2014, \(column)",
      input: [3, 224, 224], classes: 1000
    ) { plan in
      plan.network {  // [N,3,224,224]
        Block("features") {
          vggFeatures(
            plan, kernels, normalizesResponse: normalizesResponse,
            normalizesBatch: normalizesBatch)
        }
        Block("classifier") {
          let initializer =
            normalizesBatch ? Initializer.normal(standardDeviation: 0.01) : .xavierUniform
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
