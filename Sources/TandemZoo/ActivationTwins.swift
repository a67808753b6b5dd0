import TandemNetwork
import TandemTensor

// One network with two activations, for figure 1 of Krizhevsky, Sutskever and Hinton, "ImageNet
// classification with deep convolutional neural networks" (2012),
// https://papers.nips.cc/paper/4824: "a four-layer convolutional neural network with ReLUs reaches
// a 25% training error rate on CIFAR-10 six times faster than an equivalent network with tanh
// neurons", without regularization, and with the learning rate of each "chosen independently to
// make training as fast as possible".
//
// The paper does not describe the four layers. Here they are those of cuda-convnet's CIFAR-10
// example, https://code.google.com/archive/p/cuda-convnet/ (32, 32 and 64 kernels of 5×5, and a
// dense layer). Deviation from it: the maximum in all three poolings, and activations before them.
// First weights are those of Glorot and Bengio 2010 in both, which were made for tanh.

extension Zoo {
  /// The activation of two networks that are the same otherwise.
  public enum ActivationTwin: String, CaseIterable, Sendable {
    /// With rectified linear units.
    case relu = "cifar-relu"
    /// With hyperbolic tangents.
    case tanh = "cifar-tanh"

    var summary: String {
      switch self {
      case .relu: "four layers with ReLU, for cifar-tanh"
      case .tanh: "the same layers with tanh"
      }
    }
  }

  static let activationTwins = ActivationTwin.allCases.map { activation in
    ZooEntry(
      activation.rawValue, family: "ActivationTwins", summary: activation.summary,
      input: [3, 32, 32],
      classes: 10, hasWidth: false
    ) { activationTwin(activation, classes: $0.classes, input: $0.input) }
  }

  /// Four layers for CIFAR-10 with one of two activations, for figure 1 of Krizhevsky, Sutskever
  /// and Hinton 2012, https://papers.nips.cc/paper/4824
  /// - Parameter input: `[C, H, W]`
  public static func activationTwin(
    _ activation: ActivationTwin, classes: Int = 10, input: Shape = [3, 32, 32]
  ) -> Network {
    switch activation {
    case .relu:
      Network("cifar-relu", input: input) {  // [N,3,32,32]
        Conv2D(32, kernel: 5, padding: 2, weightInitializer: .xavierUniform)  // → [N,32,32,32]
        ReLU()
        MaxPool2D(3, stride: 2)  // → [N,32,15,15]
        Conv2D(32, kernel: 5, padding: 2, weightInitializer: .xavierUniform)  // → [N,32,15,15]
        ReLU()
        MaxPool2D(3, stride: 2)  // → [N,32,7,7]
        Conv2D(64, kernel: 5, padding: 2, weightInitializer: .xavierUniform)  // → [N,64,7,7]
        ReLU()
        MaxPool2D(3, stride: 2)  // → [N,64,3,3]
        Dense(classes, weightInitializer: .xavierUniform)  // → [N,10]
      }
    case .tanh:
      Network("cifar-tanh", input: input) {  // [N,3,32,32]
        Conv2D(32, kernel: 5, padding: 2, weightInitializer: .xavierUniform)  // → [N,32,32,32]
        Tanh()
        MaxPool2D(3, stride: 2)  // → [N,32,15,15]
        Conv2D(32, kernel: 5, padding: 2, weightInitializer: .xavierUniform)  // → [N,32,15,15]
        Tanh()
        MaxPool2D(3, stride: 2)  // → [N,32,7,7]
        Conv2D(64, kernel: 5, padding: 2, weightInitializer: .xavierUniform)  // → [N,64,7,7]
        Tanh()
        MaxPool2D(3, stride: 2)  // → [N,64,3,3]
        Dense(classes, weightInitializer: .xavierUniform)  // → [N,10]
      }
    }
  }
}
