import TandemNetwork
import TandemTensor

// The residual network of 9 layers with which courses train on CIFAR-10 in minutes: eight
// convolutions of 3×3 and a dense layer. Its shape is that of Page, "How to train your ResNet"
// (2018), https://myrtle.ai/learn/how-to-train-your-resnet/, made for DAWNBench, in the form of
// Jovian's course "Deep Learning with PyTorch: Zero to GANs" (2020), lesson 5: convolutions and the
// dense layer with biases, and PyTorch's first weights. 6,575,370 parameters, which have the names
// of the course's `ResNet9`.

extension Zoo {
  static let resNet9Entry = ZooEntry(
    "cifar-resnet-9", family: "ResNet9", summary: "Page 2018 for CIFAR-10, of courses",
    input: [3, 32, 32], classes: 10
  ) { resNet9(classes: $0.classes, input: $0.input, width: $0.width) }

  /// A residual network of eight convolutions for small images (Page 2018, "How to train your
  /// ResNet"), which learns much in few epochs.
  /// - Parameters:
  ///   - input: `[C, H, W]`, of 32 pixels or more along each axis.
  ///   - width: the factor of the numbers of channels, above 0 and up to 64.
  public static func resNet9(
    classes: Int = 10, input: Shape = [3, 32, 32], width: Double = 1
  ) -> Network {
    let plan = ZooPlan("cifar-resnet-9", input: input, classes: classes, width: width)
    return plan.network {  // [N,3,32,32]
      Stage("32×32") {  // → [N,64,32,32]
        resNet9Unit("conv1", plan.channels(64))
      }
      Stage("16×16") {  // → [N,128,16,16]
        resNet9Unit("conv2", plan.channels(128), isPooled: true)
        resNet9Residual("res1", plan.channels(128))
      }
      Stage("8×8") {  // → [N,256,8,8]
        resNet9Unit("conv3", plan.channels(256), isPooled: true)
      }
      Stage("4×4") {  // → [N,512,4,4]
        resNet9Unit("conv4", plan.channels(512), isPooled: true)
        resNet9Residual("res2", plan.channels(512))
      }
      Stage("classifier") {  // → [N,10]
        Block("classifier") {
          MaxPool2D(4)
          Dense(plan.classes).named("2")
        }
      }
    }
  }

  private static func resNet9Unit(_ name: String, _ maps: Int, isPooled: Bool = false) -> Block {
    Block(name) {
      Conv2D(maps, kernel: 3, padding: 1).named("0")
      BatchNorm2D().named("1")
      ReLU()
      if isPooled { MaxPool2D(2) }
    }
  }

  private static func resNet9Residual(_ name: String, _ maps: Int) -> Residual {
    Residual(name) {
      resNet9Unit("0", maps)
      resNet9Unit("1", maps)
    }
  }
}
