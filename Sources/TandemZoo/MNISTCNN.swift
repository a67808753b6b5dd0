import TandemNetwork
import TandemTensor

// The convolutional network of the first Keras and PyTorch MNIST examples,
// https://github.com/pytorch/examples/tree/main/mnist.

extension Zoo {
  static let mnistCNNEntry = ZooEntry(
    "mnist-cnn", family: "MNISTCNN", summary: "two 3×3 convolutions with dropout",
    input: [1, 28, 28], classes: 10, hasWidth: false
  ) { mnistCNN(classes: $0.classes, input: $0.input) }

  /// The convolutional network of PyTorch's MNIST example, two 3×3 convolutions with dropout:
  /// https://github.com/pytorch/examples/tree/main/mnist
  /// - Parameter input: `[C, H, W]`
  public static func mnistCNN(classes: Int = 10, input: Shape = [1, 28, 28]) -> Network {
    Network("mnist-cnn", input: input) {  // [N,1,28,28]
      Conv2D(32, kernel: 3)  // → [N,32,26,26]
      ReLU()
      Conv2D(64, kernel: 3)  // → [N,64,24,24]
      ReLU()
      MaxPool2D(2)  // → [N,64,12,12]
      Dropout(0.25)
      Dense(128)  // → [N,128]
      ReLU()
      Dropout(0.5)
      Dense(classes)  // → [N,10]
    }
  }
}
