import TandemNetwork
import TandemTensor

// Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural
// networks" (2012), https://papers.nips.cc/paper/4824: 60,965,224 parameters, in two towers that
// see each other's maps in conv3 and in the dense layers only.
//
// Deviation: the paper's 224×224 input gives 55×55 maps only with padding, which it does not
// mention; here it is 2 at the top and left and 1 at the bottom and right. Trained with batches of
// 128, momentum 0.9, weight decay 0.0005 and a rate of 0.01, divided by 10 whenever the validation
// error stopped falling.
//
// `caffenet` is the single-device variant that comes with Caffe (Jia et al. 2014,
// https://github.com/BVLC/caffe/tree/master/models/bvlc_reference_caffenet): 227×227 without
// padding, pooling before normalization, α read as Caffe does, windows that reach across the
// towers.
//
// `alexnet-torchvision` is that of torchvision: one tower, no normalization, 61,100,840 parameters
// (Krizhevsky 2014, "One weird trick for parallelizing convolutional neural networks",
// https://arxiv.org/abs/1404.5997; https://docs.pytorch.org/vision/stable/models/alexnet.html).

extension Zoo {
  /// Networks that are called AlexNet.
  public enum AlexNet: String, CaseIterable, Sendable {
    /// The paper's, two towers: 60,965,224 parameters.
    case paper = "alexnet"
    /// Caffe's, for 227×227 pixels: pooling before normalization.
    case caffe = "caffenet"
    /// torchvision's, one tower without normalization: 61,100,840 parameters.
    case torchvision = "alexnet-torchvision"

    /// The images that the network was made for, `[C, H, W]`.
    public var inputShape: Shape { self == .caffe ? [3, 227, 227] : [3, 224, 224] }

    var summary: String {
      switch self {
      case .paper: "Krizhevsky et al. 2012, two towers"
      case .caffe: "Caffe's AlexNet, pooling before normalization"
      case .torchvision: "torchvision's AlexNet, one tower"
      }
    }
  }

  static let alexNets = AlexNet.allCases.map { variant in
    ZooEntry(
      variant.rawValue, family: "AlexNet", summary: variant.summary, input: variant.inputShape,
      classes: 1000
    ) { alexNet(variant, classes: $0.classes, input: $0.input, width: $0.width) }
  }

  /// AlexNet (Krizhevsky, Sutskever and Hinton 2012, https://papers.nips.cc/paper/4824).
  /// - Parameters:
  ///   - input: `[C, H, W]`; nil for the variant's own, `[3, 224, 224]` in the paper.
  ///   - width: the factor of the numbers of channels and hidden units, above 0 and up to 64.
  public static func alexNet(
    _ variant: AlexNet = .paper, classes: Int = 1000, input: Shape? = nil, width: Double = 1
  ) -> Network {
    let plan = ZooPlan(
      variant.rawValue, input: input ?? variant.inputShape, classes: classes, width: width)
    return switch variant {
    case .paper: paperAlexNet(plan)
    case .caffe: caffeNet(plan)
    case .torchvision: torchvisionAlexNet(plan)
    }
  }

  private static func paperAlexNet(_ plan: ZooPlan) -> Network {
    func maps(_ count: Int) -> Int { plan.channels(count, groups: 2) }
    let normalization = LocalResponseNorm(alphaReading: .sum, groups: 2)
    return plan.network {  // [N,3,224,224]
      Stage("conv1") {  // → [N,96,27,27]
        Conv2D(
          maps(96), kernel: 11, stride: 4,
          padding: .explicit(top: 2, bottom: 1, left: 2, right: 1),
          weightInitializer: gaussian, biasInitializer: .constant(0)
        ).named("conv1")
        ReLU()
        normalization
        MaxPool2D(3, stride: 2)
      }
      Stage("conv2") {  // → [N,256,13,13]
        Conv2D(
          maps(256), kernel: 5, padding: 2, groups: 2, weightInitializer: gaussian,
          biasInitializer: .constant(1)
        ).named("conv2")
        ReLU()
        normalization
        MaxPool2D(3, stride: 2)
      }
      alexNetTop(plan, dense: gaussian)
    }
  }

  private static func caffeNet(_ plan: ZooPlan) -> Network {
    func maps(_ count: Int) -> Int { plan.channels(count, groups: 2) }
    let normalization = LocalResponseNorm(k: 1, alphaReading: .mean)
    return plan.network {  // [N,3,227,227]
      Stage("conv1") {  // → [N,96,27,27]
        Conv2D(
          maps(96), kernel: 11, stride: 4, weightInitializer: gaussian,
          biasInitializer: .constant(0)
        ).named("conv1")
        ReLU()
        MaxPool2D(3, stride: 2)
        normalization
      }
      Stage("conv2") {  // → [N,256,13,13]
        Conv2D(
          maps(256), kernel: 5, padding: 2, groups: 2, weightInitializer: gaussian,
          biasInitializer: .constant(1)
        ).named("conv2")
        ReLU()
        MaxPool2D(3, stride: 2)
        normalization
      }
      alexNetTop(plan, dense: .normal(standardDeviation: 0.005))
    }
  }

  private static func torchvisionAlexNet(_ plan: ZooPlan) -> Network {
    plan.network {  // [N,3,224,224]
      Block("features") {
        Stage("conv1") {  // → [N,64,27,27]
          Conv2D(plan.channels(64), kernel: 11, stride: 4, padding: 2).named("0")
          ReLU().named("1")
          MaxPool2D(3, stride: 2).named("2")
        }
        Stage("conv2") {  // → [N,192,13,13]
          Conv2D(plan.channels(192), kernel: 5, padding: 2).named("3")
          ReLU().named("4")
          MaxPool2D(3, stride: 2).named("5")
        }
        Stage("conv3") {  // → [N,384,13,13]
          Conv2D(plan.channels(384), kernel: 3, padding: 1).named("6")
          ReLU().named("7")
        }
        Stage("conv4") {  // → [N,256,13,13]
          Conv2D(plan.channels(256), kernel: 3, padding: 1).named("8")
          ReLU().named("9")
        }
        Stage("conv5") {  // → [N,256,6,6]
          Conv2D(plan.channels(256), kernel: 3, padding: 1).named("10")
          ReLU().named("11")
          MaxPool2D(3, stride: 2).named("12")
        }
      }
      AdaptiveAveragePool2D(6).named("avgpool")
      Block("classifier") {
        Stage("fc6") {  // → [N,4096]
          Dropout(0.5).named("0")
          Dense(plan.channels(4096)).named("1")
          ReLU().named("2")
        }
        Stage("fc7") {  // → [N,4096]
          Dropout(0.5).named("3")
          Dense(plan.channels(4096)).named("4")
          ReLU().named("5")
        }
        Stage("fc8") {  // → [N,1000]
          Dense(plan.classes).named("6")
        }
      }
    }
  }

  private static let gaussian = Initializer.normal(standardDeviation: 0.01)

  /// What follows the second normalization, in the paper and in Caffe.
  /// - Parameter dense: how the weights of the two hidden dense layers start.
  @NetworkBuilder
  private static func alexNetTop(_ plan: ZooPlan, dense: Initializer) -> [NetworkElement] {
    let maps = { plan.channels($0, groups: 2) }
    Stage("conv3") {  // → [N,384,13,13]
      Conv2D(
        maps(384), kernel: 3, padding: 1, weightInitializer: gaussian,
        biasInitializer: .constant(0)
      ).named("conv3")
      ReLU()
    }
    Stage("conv4") {  // → [N,384,13,13]
      Conv2D(
        maps(384), kernel: 3, padding: 1, groups: 2, weightInitializer: gaussian,
        biasInitializer: .constant(1)
      ).named("conv4")
      ReLU()
    }
    Stage("conv5") {  // → [N,256,6,6]
      Conv2D(
        maps(256), kernel: 3, padding: 1, groups: 2, weightInitializer: gaussian,
        biasInitializer: .constant(1)
      ).named("conv5")
      ReLU()
      MaxPool2D(3, stride: 2)
    }
    Stage("fc6") {  // → [N,4096]
      Dense(maps(4096), weightInitializer: dense, biasInitializer: .constant(1)).named("fc6")
      ReLU()
      Dropout(0.5)
    }
    Stage("fc7") {  // → [N,4096]
      Dense(maps(4096), weightInitializer: dense, biasInitializer: .constant(1)).named("fc7")
      ReLU()
      Dropout(0.5)
    }
    Stage("fc8") {  // → [N,1000]
      Dense(plan.classes, weightInitializer: gaussian, biasInitializer: .constant(0)).named("fc8")
    }
  }
}
