import TandemNetwork
import TandemTensor

// The CIFAR-10 browser demo of ConvNetJS (Karpathy 2014),
// https://cs.stanford.edu/people/karpathy/convnetjs/demo/cifar10.html; trained there with Adadelta,
// mini-batches of 4 and weight decay 1e-4.

extension Zoo {
  static let cifarQuickEntry = ZooEntry(
    "cifar-quick", family: "CIFARQuick", summary: "the CIFAR-10 demo of ConvNetJS",
    input: [3, 32, 32], classes: 10, hasWidth: false
  ) { cifarQuick(classes: $0.classes, input: $0.input) }

  /// The CIFAR-10 demo of ConvNetJS (Karpathy 2014):
  /// https://cs.stanford.edu/people/karpathy/convnetjs/demo/cifar10.html
  /// - Parameter input: `[C, H, W]`
  public static func cifarQuick(classes: Int = 10, input: Shape = [3, 32, 32]) -> Network {
    Network("cifar-quick", input: input) {  // [N,3,32,32]
      Conv2D(16, kernel: 5, padding: 2)  // → [N,16,32,32]
      ReLU()
      MaxPool2D(2)  // → [N,16,16,16]
      Conv2D(20, kernel: 5, padding: 2)  // → [N,20,16,16]
      ReLU()
      MaxPool2D(2)  // → [N,20,8,8]
      Conv2D(20, kernel: 5, padding: 2)  // → [N,20,8,8]
      ReLU()
      MaxPool2D(2)  // → [N,20,4,4]
      Dense(classes)  // → [N,10]
    }
  }
}
