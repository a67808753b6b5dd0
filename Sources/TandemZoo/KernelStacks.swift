import TandemNetwork
import TandemTensor

// Small networks that differ in one place only: two 3×3 convolutions or one 5×5, three 3×3 or one
// 7×7, with 64 maps before and after. What each pair sees of its input is the same, 5×5 and 7×7
// pixels; for C maps the weights are 18·C² against 25·C², and 27·C² against 49·C². The argument is
// that of Simonyan and Zisserman, "Very deep convolutional networks for large-scale image
// recognition" (2014), https://arxiv.org/abs/1409.1556, section 2.3; the networks are made for it
// here.
//
// Convolutions start with the weights of He et al. 2015, with which depth does not weaken the
// signal.

extension Zoo {
  /// Convolutions that see the same pixels.
  public enum KernelStack: String, CaseIterable, Sendable {
    /// Two 3×3 convolutions.
    case two3x3 = "stack-3x3x2"
    /// One 5×5 convolution, which sees as much.
    case one5x5 = "stack-5x5"
    /// Three 3×3 convolutions.
    case three3x3 = "stack-3x3x3"
    /// One 7×7 convolution, which sees as much.
    case one7x7 = "stack-7x7"

    var summary: String {
      switch self {
      case .two3x3: "two 3×3 convolutions in place of one 5×5"
      case .one5x5: "one 5×5 convolution against two 3×3"
      case .three3x3: "three 3×3 convolutions in place of one 7×7"
      case .one7x7: "one 7×7 convolution against three 3×3"
      }
    }
  }

  static let kernelStacks = KernelStack.allCases.map { stack in
    ZooEntry(
      stack.rawValue, family: "KernelStacks", summary: stack.summary, input: [3, 32, 32],
      classes: 10, hasWidth: false
    ) { kernelStack(stack, classes: $0.classes, input: $0.input) }
  }

  /// A small network with the convolutions that are to be compared; the argument is that of
  /// Simonyan and Zisserman 2014, https://arxiv.org/abs/1409.1556, section 2.3.
  /// - Parameter input: `[C, H, W]`
  public static func kernelStack(
    _ stack: KernelStack, classes: Int = 10, input: Shape = [3, 32, 32]
  ) -> Network {
    switch stack {
    case .two3x3:
      Network("stack-3x3x2", input: input) {  // [N,3,32,32]
        Conv2D(64, kernel: 3, padding: 1, weightInitializer: .heNormal)  // → [N,64,32,32]
        ReLU()
        MaxPool2D(2)  // → [N,64,16,16]
        Conv2D(64, kernel: 3, padding: 1, weightInitializer: .heNormal)  // → [N,64,16,16]
        ReLU()
        Conv2D(64, kernel: 3, padding: 1, weightInitializer: .heNormal)  // → [N,64,16,16]
        ReLU()
        GlobalAveragePool2D()  // → [N,64]
        Dense(classes)  // → [N,10]
      }
    case .one5x5:
      Network("stack-5x5", input: input) {  // [N,3,32,32]
        Conv2D(64, kernel: 3, padding: 1, weightInitializer: .heNormal)  // → [N,64,32,32]
        ReLU()
        MaxPool2D(2)  // → [N,64,16,16]
        Conv2D(64, kernel: 5, padding: 2, weightInitializer: .heNormal)  // → [N,64,16,16]
        ReLU()
        GlobalAveragePool2D()  // → [N,64]
        Dense(classes)  // → [N,10]
      }
    case .three3x3:
      Network("stack-3x3x3", input: input) {  // [N,3,32,32]
        Conv2D(64, kernel: 3, padding: 1, weightInitializer: .heNormal)  // → [N,64,32,32]
        ReLU()
        MaxPool2D(2)  // → [N,64,16,16]
        Conv2D(64, kernel: 3, padding: 1, weightInitializer: .heNormal)  // → [N,64,16,16]
        ReLU()
        Conv2D(64, kernel: 3, padding: 1, weightInitializer: .heNormal)  // → [N,64,16,16]
        ReLU()
        Conv2D(64, kernel: 3, padding: 1, weightInitializer: .heNormal)  // → [N,64,16,16]
        ReLU()
        GlobalAveragePool2D()  // → [N,64]
        Dense(classes)  // → [N,10]
      }
    case .one7x7:
      Network("stack-7x7", input: input) {  // [N,3,32,32]
        Conv2D(64, kernel: 3, padding: 1, weightInitializer: .heNormal)  // → [N,64,32,32]
        ReLU()
        MaxPool2D(2)  // → [N,64,16,16]
        Conv2D(64, kernel: 7, padding: 3, weightInitializer: .heNormal)  // → [N,64,16,16]
        ReLU()
        GlobalAveragePool2D()  // → [N,64]
        Dense(classes)  // → [N,10]
      }
    }
  }
}
