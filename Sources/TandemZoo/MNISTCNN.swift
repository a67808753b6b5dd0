import TandemNetwork

// The convolutional network of the first Keras and PyTorch MNIST examples,
// https://github.com/pytorch/examples/tree/main/mnist.

extension Zoo {
  public static let mnistCNN = ZooEntry(
    "mnist-cnn", family: "MNISTCNN", summary: "two 3×3 convolutions with dropout",
    input: [1, 28, 28], classes: 10
  ) { name, input, classes in
    Network(name, input: input) {  // [N,1,28,28]
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
