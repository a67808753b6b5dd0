import TandemNetwork
import TandemTensor

// LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition"
// (1998), http://yann.lecun.com/exdb/publis/pdf/lecun-01a.pdf, in the form that textbooks use
// today. Deviations from the paper: 28×28 images with padding 2 in place of 32×32; every map of the
// second convolution sees all maps of the first; pooling without weights; plain tanh in place of
// 1.7159 tanh(2x/3); a dense output layer in place of radial basis functions.

extension Zoo {
  static let leNetEntry = ZooEntry(
    "lenet", family: "LeNet", summary: "LeNet-5 in its modern form: tanh, average pooling",
    input: [1, 28, 28], classes: 10, hasWidth: false
  ) { leNet(classes: $0.classes, input: $0.input) }

  /// LeNet-5 (LeCun, Bottou, Bengio and Haffner 1998,
  /// http://yann.lecun.com/exdb/publis/pdf/lecun-01a.pdf) in the form that textbooks use today:
  /// tanh and average pooling.
  /// - Parameter input: `[C, H, W]`
  public static func leNet(classes: Int = 10, input: Shape = [1, 28, 28]) -> Network {
    Network("lenet", input: input) {  // [N,1,28,28]
      Conv2D(6, kernel: 5, padding: 2)  // → [N,6,28,28]
      Tanh()
      AveragePool2D(2)  // → [N,6,14,14]
      Conv2D(16, kernel: 5)  // → [N,16,10,10]
      Tanh()
      AveragePool2D(2)  // → [N,16,5,5]
      Dense(120)  // → [N,120]
      Tanh()
      Dense(84)  // → [N,84]
      Tanh()
      Dense(classes)  // → [N,10]
    }
  }
}
