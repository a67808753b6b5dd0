import TandemNetwork
import TandemTensor

// He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (2015),
// https://arxiv.org/abs/1512.03385, section 4.2: networks of 6n + 2 layers for the 32×32 images of
// CIFAR-10, with n blocks in each of three stages, and their plain twins. Shortcuts have no
// parameters (option A): where shapes change, they skip rows and columns and add channels of zeros.
//
// The number of trainable parameters that the paper gives, 0.27 M for 20 layers up to 1.7 M for
// 110, is the same for the plain networks. Trained with batches of 128, momentum 0.9, weight decay
// 0.0001 and a rate of 0.1, divided by 10 after 32,000 and 48,000 of 64,000 steps; images are
// padded by 4 pixels, cropped and mirrored at random.

extension Zoo {
  /// Networks of the paper for CIFAR-10, and their plain twins without shortcuts.
  public enum CIFARResNet: String, CaseIterable, Sendable {
    case layers20 = "cifar-resnet-20"
    case layers32 = "cifar-resnet-32"
    case layers44 = "cifar-resnet-44"
    case layers56 = "cifar-resnet-56"
    case layers110 = "cifar-resnet-110"
    case plain20 = "cifar-plain-20"
    case plain32 = "cifar-plain-32"
    case plain44 = "cifar-plain-44"
    case plain56 = "cifar-plain-56"
    case plain110 = "cifar-plain-110"

    var layers: Int {
      switch self {
      case .layers20, .plain20: 20
      case .layers32, .plain32: 32
      case .layers44, .plain44: 44
      case .layers56, .plain56: 56
      case .layers110, .plain110: 110
      }
    }

    var hasShortcuts: Bool {
      switch self {
      case .layers20, .layers32, .layers44, .layers56, .layers110: true
      case .plain20, .plain32, .plain44, .plain56, .plain110: false
      }
    }
  }

  static let cifarResNets = CIFARResNet.allCases.map { variant in
    ZooEntry(
      variant.rawValue, family: "CIFARResNet",
      summary: "He et al. 2015 for CIFAR-10" + (variant.hasShortcuts ? "" : ", without shortcuts"),
      input: [3, 32, 32], classes: 10
    ) { cifarResNet(variant, classes: $0.classes, input: $0.input, width: $0.width) }
  }

  /// A residual network for small images (He, Zhang, Ren and Sun 2015,
  /// https://arxiv.org/abs/1512.03385, section 4.2).
  /// - Parameters:
  ///   - input: `[C, H, W]`
  ///   - width: the factor of the numbers of channels, above 0 and up to 64.
  public static func cifarResNet(
    _ variant: CIFARResNet, classes: Int = 10, input: Shape = [3, 32, 32], width: Double = 1
  ) -> Network {
    let plan = ZooPlan(variant.rawValue, input: input, classes: classes, width: width)
    let blocks = (variant.layers - 2) / 6
    let unit = ConvolutionUnit(.heNormal)
    func stage(maps: Int, stride: Int) -> [NetworkElement] {
      (0..<blocks).flatMap { index in
        cifarBlock(
          unit, name: "\(index)", maps: plan.channels(maps), stride: index == 0 ? stride : 1,
          changesShape: index == 0 && stride > 1, hasShortcut: variant.hasShortcuts)
      }
    }
    return plan.network {  // [N,3,32,32]
      Stage("conv1") {  // → [N,16,32,32]
        unit.layers(1, plan.channels(16), kernel: 3)
        ReLU()
      }
      Stage("32×32") {  // → [N,16,32,32]
        Block("layer1") { stage(maps: 16, stride: 1) }
      }
      Stage("16×16") {  // → [N,32,16,16]
        Block("layer2") { stage(maps: 32, stride: 2) }
      }
      Stage("8×8") {  // → [N,64,8,8]
        Block("layer3") { stage(maps: 64, stride: 2) }
      }
      Stage("fc") {  // → [N,10]
        GlobalAveragePool2D()
        Dense(plan.classes).named("fc")
      }
    }
  }

  @NetworkBuilder
  private static func cifarBlock(
    _ unit: ConvolutionUnit, name: String, maps: Int, stride: Int, changesShape: Bool,
    hasShortcut: Bool
  ) -> [NetworkElement] {
    if hasShortcut {
      Residual(name) {
        unit.layers(1, maps, kernel: 3, stride: stride)
        ReLU()
        unit.layers(2, maps, kernel: 3)
      } shortcut: {
        if changesShape { ZeroPaddedShortcut(maps, stride: stride) }
      }
      ReLU()
    } else {
      Block(name) {
        unit.layers(1, maps, kernel: 3, stride: stride)
        ReLU()
        unit.layers(2, maps, kernel: 3)
        ReLU()
      }
    }
  }
}
