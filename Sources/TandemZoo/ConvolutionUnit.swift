import TandemNetwork

/// A convolution without bias and its batch normalization, named as torchvision's residual networks
/// name them: `conv1` and `bn1`.
struct ConvolutionUnit {
  private let initializer: Initializer

  init(_ initializer: Initializer) {
    self.initializer = initializer
  }

  @NetworkBuilder
  func layers(_ number: Int, _ maps: Int, kernel: Int, stride: Int = 1) -> [NetworkElement] {
    convolution(maps, kernel: kernel, stride: stride).named("conv\(number)")
    BatchNorm2D().named("bn\(number)")
  }

  @NetworkBuilder
  func projection(_ maps: Int, stride: Int) -> [NetworkElement] {
    convolution(maps, kernel: 1, stride: stride).named("0")
    BatchNorm2D().named("1")
  }

  private func convolution(_ maps: Int, kernel: Int, stride: Int) -> Conv2D {
    let edge = kernel / 2
    return Conv2D(
      maps, kernel: Size2D(kernel), stride: Size2D(stride),
      padding: .explicit(top: edge, bottom: edge, left: edge, right: edge), bias: false,
      weightInitializer: initializer)
  }
}
