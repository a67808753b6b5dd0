import TandemNetwork
import TandemTensor

// The small networks that tell cats from dogs in Chollet, "Deep learning with Python" (2018),
// section 5.2: https://www.manning.com/books/deep-learning-with-python. Four convolutions of 3×3
// without padding, each with a pooling behind it, a hidden layer of 512 units, and one output for
// two classes. The book ends with a sigmoid, which is the loss's here: the output is the logit of
// class 1, and the loss the binary cross-entropy. Trained with RMSprop, a rate of 1e-4 and batches
// of 20, and with dropout of 32 on augmented pictures.

extension Zoo {
  /// The network of the first try, and the one for augmented pictures.
  public enum CatsDogs: String, CaseIterable, Sendable {
    /// 3,453,121 parameters.
    case small = "cats-dogs-small"
    /// The same with dropout of half the features before the hidden layer.
    case smallWithDropout = "cats-dogs-small-dropout"

    var summary: String {
      switch self {
      case .small: "Chollet 2018, cats against dogs: one output for two classes"
      case .smallWithDropout: "the same with dropout before the hidden layer"
      }
    }
  }

  static let catsDogs = CatsDogs.allCases.map { variant in
    ZooEntry(
      variant.rawValue, family: "CatsDogs", summary: variant.summary, input: [3, 150, 150],
      classes: 2, hasOneOutput: true
    ) { catsDogs(variant, input: $0.input, width: $0.width) }
  }

  /// A small convolutional network with one output, which tells two classes apart: that of the
  /// binary cross-entropy, above 0 for class 1 (Chollet 2018, "Deep learning with Python", 5.2).
  /// - Parameters:
  ///   - input: `[C, H, W]`
  ///   - width: the factor of the numbers of channels and hidden units, above 0 and up to 64.
  public static func catsDogs(
    _ variant: CatsDogs = .small, input: Shape = [3, 150, 150], width: Double = 1
  ) -> Network {
    let plan = ZooPlan(variant.rawValue, input: input, classes: 2, width: width)
    return plan.network {  // [N,3,150,150]
      Stage("conv1") {  // → [N,32,74,74]
        catsDogsConvolution(plan.channels(32))
        ReLU()
        MaxPool2D(2)
      }
      Stage("conv2") {  // → [N,64,36,36]
        catsDogsConvolution(plan.channels(64))
        ReLU()
        MaxPool2D(2)
      }
      Stage("conv3") {  // → [N,128,17,17]
        catsDogsConvolution(plan.channels(128))
        ReLU()
        MaxPool2D(2)
      }
      Stage("conv4") {  // → [N,128,7,7]
        catsDogsConvolution(plan.channels(128))
        ReLU()
        MaxPool2D(2)
      }
      Stage("dense1") {  // → [N,512]
        if variant == .smallWithDropout { Dropout(0.5) }
        Dense(
          plan.channels(512), weightInitializer: .xavierUniform, biasInitializer: .constant(0))
        ReLU()
      }
      Stage("dense2") {  // → [N,1]
        Dense(1, weightInitializer: .xavierUniform, biasInitializer: .constant(0))
      }
    }
  }

  /// A convolution that starts as Keras' do, with the weights of Glorot and Bengio.
  private static func catsDogsConvolution(_ maps: Int) -> Conv2D {
    Conv2D(maps, kernel: 3, weightInitializer: .xavierUniform, biasInitializer: .constant(0))
  }
}
