import TandemNetwork

// The fully connected baseline of the MNIST page: two layers, 784-512-10, with ReLU.
// http://yann.lecun.com/exdb/mnist/

extension Zoo {
  public static let mlp = ZooEntry(
    "mlp", family: "MLP", summary: "fully connected baseline, 784-512-10",
    input: [1, 28, 28], classes: 10
  ) { name, input, classes in
    Network(name, input: input) {  // [N,1,28,28]
      Dense(512)  // → [N,512]
      ReLU()
      Dense(classes)  // → [N,10]
    }
  }
}
