import TandemNetwork
import TandemTensor

// Szegedy et al., "Going deeper with convolutions" (2014), https://arxiv.org/abs/1409.4842, table 1
// and figure 3: 6,998,552 parameters, and 13,378,280 with the two auxiliary heads, whose losses
// count 0.3 each while the network is trained.
//
// What the paper leaves open is taken from its re-implementation in Caffe
// (https://github.com/BVLC/caffe/tree/master/models/bvlc_googlenet): pooling windows may reach over
// the edge, the normalization has α = 0.0001 / 5 and k = 1, first weights are those of Glorot and
// Bengio, first biases 0.2 and 0 in the classifiers.
//
// `googlenet-torchvision` is torchvision's: a batch normalization after each convolution in place
// of biases and local response normalization, 3×3 convolutions in place of the 5×5 ones, its names
// (`inception3a.branch2.0.conv.weight`) and first weights, 6,624,904 parameters, 13,004,888 with
// heads: https://docs.pytorch.org/vision/stable/models/googlenet.html

extension Zoo {
  /// Networks that are called GoogLeNet.
  public enum GoogLeNet: String, CaseIterable, Sendable {
    /// The paper's: 6,998,552 parameters, and 13,378,280 with the auxiliary heads.
    case paper = "googlenet"
    /// torchvision's, with batch normalization: 6,624,904 parameters, 13,004,888 with the heads.
    case torchvision = "googlenet-torchvision"

    var summary: String {
      switch self {
      case .paper: "Szegedy et al. 2014, two auxiliary heads"
      case .torchvision: "torchvision's GoogLeNet with batch normalization"
      }
    }
  }

  static let googLeNets = GoogLeNet.allCases.map { variant in
    ZooEntry(
      variant.rawValue, family: "GoogLeNet", summary: variant.summary, input: [3, 224, 224],
      classes: 1000
    ) { googLeNet(variant, classes: $0.classes, input: $0.input, width: $0.width) }
  }

  /// GoogLeNet with its two auxiliary heads (Szegedy et al. 2014, https://arxiv.org/abs/1409.4842).
  /// - Parameters:
  ///   - input: `[C, H, W]`
  ///   - width: the factor of the numbers of channels and hidden units, above 0 and up to 64.
  public static func googLeNet(
    _ variant: GoogLeNet = .paper, classes: Int = 1000, input: Shape = [3, 224, 224],
    width: Double = 1
  ) -> Network {
    let plan = ZooPlan(variant.rawValue, input: input, classes: classes, width: width)
    let parts = GoogLeNetParts(plan: plan, variant: variant)
    let isPaper = variant == .paper
    let normalization = LocalResponseNorm(k: 1, alphaReading: .mean)
    return plan.network {  // [N,3,224,224]
      Stage("convolution") {  // → [N,64,112,112]
        parts.convolution("conv1", 64, kernel: 7, stride: 2)
      }
      Stage("max pool") {  // → [N,64,56,56]
        MaxPool2D(3, stride: 2, ceilMode: true)
        if isPaper { normalization }
      }
      Stage("convolution 2") {  // → [N,192,56,56]
        parts.convolution("conv2", 64, kernel: 1)
        parts.convolution("conv3", 192, kernel: 3)
        if isPaper { normalization }
      }
      Stage("max pool 2") {  // → [N,192,28,28]
        MaxPool2D(3, stride: 2, ceilMode: true)
      }
      Stage("inception (3a)") {  // → [N,256,28,28]
        parts.inception("inception3a", 64, 96, 128, 16, 32, 32)
      }
      Stage("inception (3b)") {  // → [N,480,28,28]
        parts.inception("inception3b", 128, 128, 192, 32, 96, 64)
      }
      Stage("max pool 3") {  // → [N,480,14,14]
        MaxPool2D(3, stride: 2, ceilMode: true)
      }
      Stage("inception (4a)") {  // → [N,512,14,14]
        parts.inception("inception4a", 192, 96, 208, 16, 48, 64)
      }
      Stage("auxiliary head 1") {  // → [N,1000]
        parts.head("aux1")
      }
      Stage("inception (4b)") {  // → [N,512,14,14]
        parts.inception("inception4b", 160, 112, 224, 24, 64, 64)
      }
      Stage("inception (4c)") {  // → [N,512,14,14]
        parts.inception("inception4c", 128, 128, 256, 24, 64, 64)
      }
      Stage("inception (4d)") {  // → [N,528,14,14]
        parts.inception("inception4d", 112, 144, 288, 32, 64, 64)
      }
      Stage("auxiliary head 2") {  // → [N,1000]
        parts.head("aux2")
      }
      Stage("inception (4e)") {  // → [N,832,14,14]
        parts.inception("inception4e", 256, 160, 320, 32, 128, 128)
      }
      Stage("max pool 4") {  // → [N,832,7,7]
        MaxPool2D(isPaper ? 3 : 2, stride: 2, ceilMode: true)
      }
      Stage("inception (5a)") {  // → [N,832,7,7]
        parts.inception("inception5a", 256, 160, 320, 32, 128, 128)
      }
      Stage("inception (5b)") {  // → [N,1024,7,7]
        parts.inception("inception5b", 384, 192, 384, 48, 128, 128)
      }
      Stage("classifier") {  // → [N,1000]
        GlobalAveragePool2D()
        Dropout(isPaper ? 0.4 : 0.2)
        parts.classifier("fc", plan.classes)
      }
    }
  }

  /// The building blocks of the two variants.
  private struct GoogLeNetParts {
    let plan: ZooPlan
    let variant: GoogLeNet

    /// A convolution that keeps the size of maps but for its stride, and a ReLU.
    func convolution(
      _ name: String, _ maps: Int, kernel: Int, stride: Int = 1
    ) -> [NetworkElement] {
      let edge = kernel / 2
      var layer = Conv2D(
        plan.channels(maps), kernel: Size2D(kernel), stride: Size2D(stride),
        padding: .explicit(top: edge, bottom: edge, left: edge, right: edge))
      switch variant {
      case .paper:
        layer.weightInitializer = .xavierUniform
        layer.biasInitializer = .constant(0.2)
        return [layer.named(name), ReLU().element]
      case .torchvision:
        layer.hasBias = false
        layer.weightInitializer = .normal(standardDeviation: 0.01)
        let unit = Block(name) {
          layer.named("conv")
          BatchNorm2D(epsilon: 1e-3).named("bn")
          ReLU()
        }
        return [unit.element]
      }
    }

    /// A dense layer of a classifier.
    func classifier(_ name: String, _ outputs: Int) -> NetworkElement {
      variant == .paper
        ? Dense(outputs, weightInitializer: .xavierUniform, biasInitializer: .constant(0))
          .named(name)
        : Dense(outputs, weightInitializer: .normal(standardDeviation: 0.01)).named(name)
    }

    /// - Parameters: the columns of table 1: maps of the 1×1, of the 3×3 after its reduction, of
    ///   the 5×5 after its reduction, and of the projection after the pooling.
    func inception(
      _ name: String, _ one: Int, _ threeReduced: Int, _ three: Int, _ fiveReduced: Int,
      _ five: Int, _ projected: Int
    ) -> [NetworkElement] {
      let pooling = MaxPool2D(3, stride: 1, padding: 1, ceilMode: variant == .torchvision)
      let module =
        switch variant {
        case .paper:
          Concat(name) {
            Branch("branch1") { convolution("conv", one, kernel: 1) }
            Branch("branch2") {
              convolution("reduce", threeReduced, kernel: 1)
              convolution("conv", three, kernel: 3)
            }
            Branch("branch3") {
              convolution("reduce", fiveReduced, kernel: 1)
              convolution("conv", five, kernel: 5)
            }
            Branch("branch4") {
              pooling
              convolution("project", projected, kernel: 1)
            }
          }
        case .torchvision:
          Concat(name) {
            Branch(name: "branch1", elements: unpacked(convolution("", one, kernel: 1)))
            Branch("branch2") {
              convolution("0", threeReduced, kernel: 1)
              convolution("1", three, kernel: 3)
            }
            Branch("branch3") {
              convolution("0", fiveReduced, kernel: 1)
              convolution("1", five, kernel: 3)
            }
            Branch("branch4") {
              pooling.named("0")
              convolution("1", projected, kernel: 1)
            }
          }
        }
      return [module.element]
    }

    /// The layers of a block, which then get the names of what they stand in.
    private func unpacked(_ elements: [NetworkElement]) -> [NetworkElement] {
      elements.flatMap { element in
        if case .block(let layers) = element.content { layers } else { [element] }
      }
    }

    /// An auxiliary classifier: the mean over windows of 5×5 (torchvision: over a grid of 4×4), a
    /// 1×1 convolution and two dense layers.
    func head(_ name: String) -> Auxiliary {
      Auxiliary(name, weight: 0.3) {
        if variant == .paper {
          AveragePool2D(5, stride: 3)
        } else {
          AdaptiveAveragePool2D(4)
        }
        convolution("conv", 128, kernel: 1)
        classifier("fc1", plan.channels(1024))
        ReLU()
        Dropout(0.7)
        classifier("fc2", plan.classes)
      }
    }
  }
}
