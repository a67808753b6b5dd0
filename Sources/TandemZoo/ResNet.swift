import TandemNetwork
import TandemTensor

// He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (2015),
// https://arxiv.org/abs/1512.03385, table 1, with projections where shapes change (option B).
// Parameters have torchvision's names (`layer1.0.conv1.weight`). `plain-18` and `plain-34` are the
// same networks without shortcuts.
//
// Multiply-adds of one image of 224×224: 1.8, 3.6, 3.8, 7.6 and 11.3·10⁹ for 18, 34, 50, 101 and
// 152 layers. The paper has the stride of a bottleneck in its first 1×1 convolution; in
// `resnet-50-torchvision` and its siblings the 3×3 one has it, which costs 4.1·10⁹ for 50 layers:
// https://docs.pytorch.org/vision/stable/models/resnet.html. Layers and names are the same.
//
// First weights are those of He et al. 2015 (by fan-in; torchvision's by fan-out), those of the
// dense layer PyTorch's. Trained with batches of 256, momentum 0.9, weight decay 0.0001 and a rate
// of 0.1, divided by 10 when the error plateaus.

extension Zoo {
  /// Networks of the paper for ImageNet, torchvision's variants, and networks without shortcuts.
  public enum ResNet: String, CaseIterable, Sendable {
    case layers18 = "resnet-18"
    case layers34 = "resnet-34"
    case layers50 = "resnet-50"
    case layers101 = "resnet-101"
    case layers152 = "resnet-152"
    /// torchvision's: the 3×3 convolutions have the stride.
    case torchvision50 = "resnet-50-torchvision"
    case torchvision101 = "resnet-101-torchvision"
    case torchvision152 = "resnet-152-torchvision"
    /// 18 layers without shortcuts.
    case plain18 = "plain-18"
    /// 34 layers without shortcuts.
    case plain34 = "plain-34"

    var block: ResidualBlock {
      switch self {
      case .layers18, .layers34: .basic
      case .layers50, .layers101, .layers152: .bottleneck(strideInFirst: true)
      case .torchvision50, .torchvision101, .torchvision152: .bottleneck(strideInFirst: false)
      case .plain18, .plain34: .plain
      }
    }

    /// Blocks of each stage.
    var counts: [Int] {
      switch self {
      case .layers18, .plain18: [2, 2, 2, 2]
      case .layers34, .plain34, .layers50, .torchvision50: [3, 4, 6, 3]
      case .layers101, .torchvision101: [3, 4, 23, 3]
      case .layers152, .torchvision152: [3, 8, 36, 3]
      }
    }

    var summary: String {
      switch block {
      case .basic, .bottleneck(strideInFirst: true): "He et al. 2015"
      case .bottleneck(strideInFirst: false):
        "torchvision's variant, stride in the 3×3 convolutions"
      case .plain: "He et al. 2015, without shortcuts"
      }
    }
  }

  static let resNets = ResNet.allCases.map { variant in
    ZooEntry(
      variant.rawValue, family: "ResNet", summary: variant.summary, input: [3, 224, 224],
      classes: 1000
    ) { resNet(variant, classes: $0.classes, input: $0.input, width: $0.width) }
  }

  /// What the stages after the first are made of.
  enum ResidualBlock: Hashable {
    /// Two 3×3 convolutions and a shortcut.
    case basic
    /// The same without the shortcut.
    case plain
    /// 1×1, 3×3 and 1×1 convolutions and a shortcut.
    case bottleneck(strideInFirst: Bool)

    /// Output maps for each of the inner ones.
    var expansion: Int {
      if case .bottleneck = self { 4 } else { 1 }
    }

    var initializer: Initializer {
      self == .bottleneck(strideInFirst: false) ? .heNormalFanOut : .heNormal
    }
  }

  /// A residual network (He, Zhang, Ren and Sun 2015, https://arxiv.org/abs/1512.03385, table 1).
  /// - Parameters:
  ///   - input: `[C, H, W]`
  ///   - width: the factor of the numbers of channels and hidden units, above 0 and up to 64.
  public static func resNet(
    _ variant: ResNet, classes: Int = 1000, input: Shape = [3, 224, 224], width: Double = 1
  ) -> Network {
    let plan = ZooPlan(variant.rawValue, input: input, classes: classes, width: width)
    let block = variant.block
    let counts = variant.counts
    return plan.network {  // [N,3,224,224]
      Stage("conv1") {  // → [N,64,112,112]
        Conv2D(
          plan.channels(64), kernel: 7, stride: 2, padding: 3, bias: false,
          weightInitializer: block.initializer
        ).named("conv1")
        BatchNorm2D().named("bn1")
        ReLU()
      }
      Stage("conv2_x") {  // → [N,64,56,56]
        MaxPool2D(3, stride: 2, padding: 1)
        Block("layer1") { blocks(plan, block, counts[0], maps: 64, from: 64, stride: 1) }
      }
      Stage("conv3_x") {  // → [N,128,28,28]
        Block("layer2") {
          blocks(plan, block, counts[1], maps: 128, from: 64 * block.expansion, stride: 2)
        }
      }
      Stage("conv4_x") {  // → [N,256,14,14]
        Block("layer3") {
          blocks(plan, block, counts[2], maps: 256, from: 128 * block.expansion, stride: 2)
        }
      }
      Stage("conv5_x") {  // → [N,512,7,7]
        Block("layer4") {
          blocks(plan, block, counts[3], maps: 512, from: 256 * block.expansion, stride: 2)
        }
      }
      Stage("fc") {  // → [N,1000]
        GlobalAveragePool2D()
        Dense(plan.classes).named("fc")
      }
    }
  }

  /// One stage of blocks, the first of which may change the maps' number and size.
  private static func blocks(
    _ plan: ZooPlan, _ block: ResidualBlock, _ count: Int, maps: Int, from inputMaps: Int,
    stride: Int
  ) -> [NetworkElement] {
    (0..<count).flatMap { index in
      let isFirst = index == 0
      let projects = isFirst && (stride > 1 || inputMaps != maps * block.expansion)
      return residualBlock(
        plan, block, name: "\(index)", maps: maps, stride: isFirst ? stride : 1,
        projects: projects)
    }
  }

  @NetworkBuilder
  private static func residualBlock(
    _ plan: ZooPlan, _ block: ResidualBlock, name: String, maps: Int, stride: Int,
    projects: Bool
  ) -> [NetworkElement] {
    let unit = ConvolutionUnit(block.initializer)
    let inner = plan.channels(maps)
    let outer = plan.channels(maps * block.expansion)
    switch block {
    case .plain:
      Block(name) {
        unit.layers(1, inner, kernel: 3, stride: stride)
        ReLU()
        unit.layers(2, inner, kernel: 3)
        ReLU()
      }
    case .basic:
      Residual(name, shortcutName: "downsample") {
        unit.layers(1, inner, kernel: 3, stride: stride)
        ReLU()
        unit.layers(2, inner, kernel: 3)
      } shortcut: {
        if projects { unit.projection(outer, stride: stride) }
      }
      ReLU()
    case .bottleneck(let strideInFirst):
      Residual(name, shortcutName: "downsample") {
        unit.layers(1, inner, kernel: 1, stride: strideInFirst ? stride : 1)
        ReLU()
        unit.layers(2, inner, kernel: 3, stride: strideInFirst ? 1 : stride)
        ReLU()
        unit.layers(3, outer, kernel: 1)
      } shortcut: {
        if projects { unit.projection(outer, stride: stride) }
      }
      ReLU()
    }
  }
}
