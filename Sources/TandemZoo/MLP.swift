import TandemNetwork
import TandemTensor

// The fully connected baseline of the MNIST page: two layers, 784-512-10, with ReLU.
// http://yann.lecun.com/exdb/mnist/

extension Zoo {
  static let mlpEntry = ZooEntry(
    "mlp", family: "MLP", summary: "fully connected baseline, 784-512-10",
    input: [1, 28, 28], classes: 10, hasWidth: false
  ) { mlp(classes: $0.classes, input: $0.input) }

  /// The fully connected baseline of the MNIST page, 784-512-10: http://yann.lecun.com/exdb/mnist/
  /// - Parameter input: `[C, H, W]`
  public static func mlp(classes: Int = 10, input: Shape = [1, 28, 28]) -> Network {
    Network("mlp", input: input) {  // [N,1,28,28]
      Dense(512)  // → [N,512]
      ReLU()
      Dense(classes)  // → [N,10]
    }
  }
}
