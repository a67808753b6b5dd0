import TandemNetwork
import TandemTensor

// The smallest convolutional network of textbooks: one convolution, one pooling, one hidden layer.

extension Zoo {
  static let simpleConvNetEntry = ZooEntry(
    "simple-convnet", family: "SimpleConvNet",
    summary: "one convolution of 30 maps, one hidden layer of 100",
    input: [1, 28, 28], classes: 10, hasWidth: false
  ) { simpleConvNet(classes: $0.classes, input: $0.input) }

  /// The smallest convolutional network of textbooks: one convolution of 30 maps, one pooling, one
  /// hidden layer of 100.
  /// - Parameter input: `[C, H, W]`
  public static func simpleConvNet(classes: Int = 10, input: Shape = [1, 28, 28]) -> Network {
    Network("simple-convnet", input: input) {  // [N,1,28,28]
      Conv2D(30, kernel: 5)  // → [N,30,24,24]
      ReLU()
      MaxPool2D(2)  // → [N,30,12,12]
      Dense(100)  // → [N,100]
      ReLU()
      Dense(classes)  // → [N,10]
    }
  }
}
