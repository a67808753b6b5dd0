import TandemNetwork

// Small networks that differ in one place only: two 3×3 convolutions or one 5×5, three 3×3 or one 7×7,
// with 64 maps before and after. What each pair sees of its input is the same, 5×5 and 7×7 pixels; for C
// maps the weights are 18·C² against 25·C², and 27·C² against 49·C².
// The argument is that of Simonyan and Zisserman, "Very deep convolutional networks for large-scale image
// recognition" (2014), https://arxiv.org/abs/1409.1556, section 2.3; the networks are made for it here.
//
// Convolutions start with the weights of He et al. 2015, with which depth does not weaken the signal.

extension Zoo {
  static let kernelStacks = [
    ZooEntry(
      "stack-3x3x2", family: "KernelStacks", summary: "two 3×3 convolutions in place of one 5×5",
      input: [3, 32, 32], classes: 10
    ) { name, input, classes in
      Network(name, input: input) {  // [N,3,32,32]
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
    },
    ZooEntry(
      "stack-5x5", family: "KernelStacks", summary: "one 5×5 convolution against two 3×3",
      input: [3, 32, 32], classes: 10
    ) { name, input, classes in
      Network(name, input: input) {  // [N,3,32,32]
        Conv2D(64, kernel: 3, padding: 1, weightInitializer: .heNormal)  // → [N,64,32,32]
        ReLU()
        MaxPool2D(2)  // → [N,64,16,16]
        Conv2D(64, kernel: 5, padding: 2, weightInitializer: .heNormal)  // → [N,64,16,16]
        ReLU()
        GlobalAveragePool2D()  // → [N,64]
        Dense(classes)  // → [N,10]
      }
    },
    ZooEntry(
      "stack-3x3x3", family: "KernelStacks", summary: "three 3×3 convolutions in place of one 7×7",
      input: [3, 32, 32], classes: 10
    ) { name, input, classes in
      Network(name, input: input) {  // [N,3,32,32]
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
    },
    ZooEntry(
      "stack-7x7", family: "KernelStacks", summary: "one 7×7 convolution against three 3×3",
      input: [3, 32, 32], classes: 10
    ) { name, input, classes in
      Network(name, input: input) {  // [N,3,32,32]
        Conv2D(64, kernel: 3, padding: 1, weightInitializer: .heNormal)  // → [N,64,32,32]
        ReLU()
        MaxPool2D(2)  // → [N,64,16,16]
        Conv2D(64, kernel: 7, padding: 3, weightInitializer: .heNormal)  // → [N,64,16,16]
        ReLU()
        GlobalAveragePool2D()  // → [N,64]
        Dense(classes)  // → [N,10]
      }
    },
  ]
}
