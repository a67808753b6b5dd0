import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

/// Programs call functions, the command line says names: both make the same networks.
@Suite struct ZooFunctionTests {
  /// Every function with every variant, as the zoo lists them.
  private static let published: [Network] =
    [Zoo.mlp(), Zoo.simpleConvNet(), Zoo.leNet(), Zoo.mnistCNN(), Zoo.cifarQuick()]
    + Zoo.CatsDogs.allCases.map { Zoo.catsDogs($0) }
    + Zoo.LeNet5.allCases.map { Zoo.leNet5($0) }
    + Zoo.AlexNet.allCases.map { Zoo.alexNet($0) }
    + Zoo.VGG.allCases.map { Zoo.vgg($0) }
    + Zoo.GoogLeNet.allCases.map { Zoo.googLeNet($0) }
    + [Zoo.inceptionV4()]
    + Zoo.ResNet.allCases.map { Zoo.resNet($0) }
    + Zoo.CIFARResNet.allCases.map { Zoo.cifarResNet($0) }
    + [Zoo.resNet9()]
    + Zoo.KernelStack.allCases.map { Zoo.kernelStack($0) }
    + Zoo.ChannelReduction.allCases.map { Zoo.channelReduction($0) }
    + Zoo.ActivationTwin.allCases.map { Zoo.activationTwin($0) }
    + [Zoo.head256()]

  /// The same for other images and classes, and half as wide where that is possible.
  private static let changed: [Network] = {
    let (classes, input, width) = (7, Shape([2, 224, 228]), 0.5)
    return [
      Zoo.mlp(classes: classes, input: input), Zoo.simpleConvNet(classes: classes, input: input),
      Zoo.leNet(classes: classes, input: input), Zoo.mnistCNN(classes: classes, input: input),
      Zoo.cifarQuick(classes: classes, input: input),
    ]
      + Zoo.CatsDogs.allCases.map { Zoo.catsDogs($0, input: input, width: width) }
      + Zoo.LeNet5.allCases.map { Zoo.leNet5($0, classes: classes, input: input) }
      + Zoo.AlexNet.allCases.map {
        Zoo.alexNet($0, classes: classes, input: input, width: width)
      }
      + Zoo.VGG.allCases.map { Zoo.vgg($0, classes: classes, input: input, width: width) }
      + Zoo.GoogLeNet.allCases.map {
        Zoo.googLeNet($0, classes: classes, input: input, width: width)
      }
      + [Zoo.inceptionV4(classes: classes, input: input, width: width)]
      + Zoo.ResNet.allCases.map { Zoo.resNet($0, classes: classes, input: input, width: width) }
      + Zoo.CIFARResNet.allCases.map {
        Zoo.cifarResNet($0, classes: classes, input: input, width: width)
      }
      + [Zoo.resNet9(classes: classes, input: input, width: width)]
      + Zoo.KernelStack.allCases.map { Zoo.kernelStack($0, classes: classes, input: input) }
      + Zoo.ChannelReduction.allCases.map {
        Zoo.channelReduction($0, classes: classes, input: input)
      }
      + Zoo.ActivationTwin.allCases.map { Zoo.activationTwin($0, classes: classes, input: input) }
      + [Zoo.head256(classes: classes, input: input)]
  }()

  @Test func `every name is the network of a function`() {
    #expect(Self.published.map(\.name) == Zoo.models.map(\.name))
    for (network, entry) in zip(Self.published, Zoo.models) {
      #expect(network == entry.make(), "\(entry.name)")
      #expect(network.inputShape == entry.inputShape, "\(entry.name)")
    }
  }

  @Test func `names and functions take the same changes`() throws {
    #expect(Self.changed.count == Zoo.models.count)
    for (network, entry) in zip(Self.changed, Zoo.models) {
      let named = try entry.make(
        input: [2, 224, 228], classes: entry.outputs == 1 ? 2 : 7,
        width: entry.hasWidth ? 0.5 : 1)
      #expect(network == named, "\(entry.name)")
    }
    // The comparison can fail.
    #expect(Zoo.alexNet(width: 0.5) != Zoo.alexNet())
    #expect(Zoo.vgg(.d) != Zoo.vgg(.dWithBatchNorm))
  }

  @Test func `variants have the names of their papers`() {
    #expect(Zoo.vgg(.d).name == "vgg-d")
    #expect(Zoo.resNet(.layers50).name == "resnet-50")
    #expect(Zoo.resNet(.torchvision101).name == "resnet-101-torchvision")
    #expect(Zoo.cifarResNet(.plain56).name == "cifar-plain-56")
    #expect(Zoo.leNet5().name == "lenet-5")
  }
}
