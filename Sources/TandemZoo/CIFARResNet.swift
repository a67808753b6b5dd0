import TandemNetwork
import TandemTensor

// He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (2015),
// https://arxiv.org/abs/1512.03385, section 4.2: networks of 6n + 2 layers for the 32×32 images of
// CIFAR-10, with n blocks in each of three stages, and their plain twins. Shortcuts have no parameters
// (option A): where shapes change, they skip rows and columns and add channels of zeros.
//
// The number of trainable parameters that the paper gives, 0.27 M for 20 layers up to 1.7 M for 110, is
// the same for the plain networks.
// Trained with batches of 128, momentum 0.9, weight decay 0.0001 and a rate of 0.1, divided by 10 after
// 32,000 and 48,000 of 64,000 steps; images are padded by 4 pixels, cropped and mirrored at random.

extension Zoo {
  static let cifarResNets = [true, false].flatMap { hasShortcuts in
    [20, 32, 44, 56, 110].map { cifarResNet(layers: $0, hasShortcuts: hasShortcuts) }
  }

  private static func cifarResNet(layers: Int, hasShortcuts: Bool) -> ZooEntry {
    ZooEntry(
      "cifar-\(hasShortcuts ? "resnet" : "plain")-\(layers)", family: "CIFARResNet",
      summary: "He et al. 2015 for CIFAR-10" + (hasShortcuts ? "" : ", without shortcuts"),
      input: [3, 32, 32], classes: 10
    ) { plan in
      let blocks = (layers - 2) / 6
      let unit = ConvolutionUnit(.heNormal)
      func stage(maps: Int, stride: Int) -> [NetworkElement] {
        (0..<blocks).flatMap { index in
          cifarBlock(
            unit, name: "\(index)", maps: plan.channels(maps), stride: index == 0 ? stride : 1,
            changesShape: index == 0 && stride > 1, hasShortcut: hasShortcuts)
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
