import TandemNetwork
import TandemTensor

// Szegedy, Ioffe, Vanhoucke and Alemi, "Inception-v4, Inception-ResNet and the impact of residual
// connections on learning" (2016), https://arxiv.org/abs/1602.07261, figures 3 to 9; 42,679,816
// parameters. Every convolution is followed by a batch normalization and a ReLU, which the figures
// leave out. Convolutions marked V have no padding, the others keep the size of maps.
//
// Deviations: figure 5 writes 1×7 twice where 1×7 and 7×1 are meant, as in the authors' code
// (https://github.com/tensorflow/models/tree/master/research/slim); the batch normalization has a
// trained scale and PyTorch's momentum of 0.1, where that code has no scale and 0.0003; first
// weights are those of He et al. 2015.

extension Zoo {
  static let inceptionV4Entry = ZooEntry(
    "inception-v4", family: "InceptionV4", summary: "Szegedy et al. 2016", input: [3, 299, 299],
    classes: 1000
  ) { inceptionV4(classes: $0.classes, input: $0.input, width: $0.width) }

  /// Inception-v4 (Szegedy, Ioffe, Vanhoucke and Alemi 2016, https://arxiv.org/abs/1602.07261):
  /// 42,679,816 parameters.
  /// - Parameters:
  ///   - input: `[C, H, W]`
  ///   - width: the factor of the numbers of channels and hidden units, above 0 and up to 64.
  public static func inceptionV4(
    classes: Int = 1000, input: Shape = [3, 299, 299], width: Double = 1
  ) -> Network {
    let plan = ZooPlan("inception-v4", input: input, classes: classes, width: width)
    let parts = InceptionV4Parts(plan: plan)
    return plan.network {  // [N,3,299,299]
      Stage("stem") {  // → [N,384,35,35]
        Block("stem") { parts.stem() }
      }
      Stage("4 × inception-A") {  // → [N,384,35,35]
        for number in 1...4 { parts.inceptionA("inceptionA\(number)") }
      }
      Stage("reduction-A") {  // → [N,1024,17,17]
        parts.reductionA()
      }
      Stage("7 × inception-B") {  // → [N,1024,17,17]
        for number in 1...7 { parts.inceptionB("inceptionB\(number)") }
      }
      Stage("reduction-B") {  // → [N,1536,8,8]
        parts.reductionB()
      }
      Stage("3 × inception-C") {  // → [N,1536,8,8]
        for number in 1...3 { parts.inceptionC("inceptionC\(number)") }
      }
      Stage("classifier") {  // → [N,1000]
        GlobalAveragePool2D()
        Dropout(0.2)
        Dense(plan.classes).named("fc")
      }
    }
  }
}

/// The building blocks of Inception-v4.
private struct InceptionV4Parts {
  let plan: ZooPlan

  /// A convolution with its batch normalization and ReLU.
  private func unit(
    _ name: String, _ maps: Int, _ kernel: Size2D, stride: Size2D = 1, isUnpadded: Bool = false
  ) -> Block {
    Block(name) {
      Conv2D(
        plan.channels(maps), kernel: kernel, stride: stride, padding: isUnpadded ? .valid : .same,
        bias: false, weightInitializer: .heNormal
      ).named("conv")
      BatchNorm2D(epsilon: 1e-3).named("bn")
      ReLU()
    }
  }

  private let row = Size2D(height: 1, width: 7)
  private let column = Size2D(height: 7, width: 1)
  private let shortRow = Size2D(height: 1, width: 3)
  private let shortColumn = Size2D(height: 3, width: 1)
  private let average = AveragePool2D(3, stride: 1, padding: 1, countIncludesPadding: false)
  private let halving = MaxPool2D(3, stride: 2)

  init(plan: ZooPlan) {
    self.plan = plan
  }

  /// Figure 3.
  @NetworkBuilder
  func stem() -> [NetworkElement] {
    unit("conv1", 32, 3, stride: 2, isUnpadded: true)
    unit("conv2", 32, 3, isUnpadded: true)
    unit("conv3", 64, 3)
    Concat("mixed1") {
      Branch("branch1") { halving }
      Branch("branch2") { unit("1", 96, 3, stride: 2, isUnpadded: true) }
    }
    Concat("mixed2") {
      Branch("branch1") {
        unit("1", 64, 1)
        unit("2", 96, 3, isUnpadded: true)
      }
      Branch("branch2") {
        unit("1", 64, 1)
        unit("2", 64, column)
        unit("3", 64, row)
        unit("4", 96, 3, isUnpadded: true)
      }
    }
    Concat("mixed3") {
      Branch("branch1") { unit("1", 192, 3, stride: 2, isUnpadded: true) }
      Branch("branch2") { halving }
    }
  }

  /// Figure 4.
  func inceptionA(_ name: String) -> Concat {
    Concat(name) {
      Branch("branch1") {
        average
        unit("1", 96, 1)
      }
      Branch("branch2") { unit("1", 96, 1) }
      Branch("branch3") {
        unit("1", 64, 1)
        unit("2", 96, 3)
      }
      Branch("branch4") {
        unit("1", 64, 1)
        unit("2", 96, 3)
        unit("3", 96, 3)
      }
    }
  }

  /// Figure 7 with k = 192, l = 224, m = 256 and n = 384.
  func reductionA() -> Concat {
    Concat("reductionA") {
      Branch("branch1") { halving }
      Branch("branch2") { unit("1", 384, 3, stride: 2, isUnpadded: true) }
      Branch("branch3") {
        unit("1", 192, 1)
        unit("2", 224, 3)
        unit("3", 256, 3, stride: 2, isUnpadded: true)
      }
    }
  }

  /// Figure 5.
  func inceptionB(_ name: String) -> Concat {
    Concat(name) {
      Branch("branch1") {
        average
        unit("1", 128, 1)
      }
      Branch("branch2") { unit("1", 384, 1) }
      Branch("branch3") {
        unit("1", 192, 1)
        unit("2", 224, row)
        unit("3", 256, column)
      }
      Branch("branch4") {
        unit("1", 192, 1)
        unit("2", 192, row)
        unit("3", 224, column)
        unit("4", 224, row)
        unit("5", 256, column)
      }
    }
  }

  /// Figure 8.
  func reductionB() -> Concat {
    Concat("reductionB") {
      Branch("branch1") { halving }
      Branch("branch2") {
        unit("1", 192, 1)
        unit("2", 192, 3, stride: 2, isUnpadded: true)
      }
      Branch("branch3") {
        unit("1", 256, 1)
        unit("2", 256, row)
        unit("3", 320, column)
        unit("4", 320, 3, stride: 2, isUnpadded: true)
      }
    }
  }

  /// Figure 6.
  func inceptionC(_ name: String) -> Concat {
    Concat(name) {
      Branch("branch1") {
        average
        unit("1", 256, 1)
      }
      Branch("branch2") { unit("1", 256, 1) }
      Branch("branch3") {
        unit("1", 384, 1)
        Concat("split") {
          Branch("branch1") { unit("1", 256, shortRow) }
          Branch("branch2") { unit("1", 256, shortColumn) }
        }
      }
      Branch("branch4") {
        unit("1", 384, 1)
        unit("2", 448, shortRow)
        unit("3", 512, shortColumn)
        Concat("split") {
          Branch("branch1") { unit("1", 256, shortColumn) }
          Branch("branch2") { unit("1", 256, shortRow) }
        }
      }
    }
  }
}
