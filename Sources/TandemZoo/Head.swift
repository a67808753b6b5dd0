import TandemNetwork
import TandemTensor

// The classifier that courses put on the convolutions of a trained VGG-16 (Chollet 2016, "Building
// powerful image classification models using very little data",
// https://blog.keras.io/building-powerful-image-classification-models-using-very-little-data.html):
// trained on features that `tandem features` has written, or on any vectors. Photographs of 150×150
// leave 512×4×4 of these.

extension Zoo {
  static let head256Entry = ZooEntry(
    "head-256", family: "Head",
    summary: "a classifier for features of a trained network, dense 256",
    input: [512, 4, 4], classes: 2, hasWidth: false
  ) { head256(classes: $0.classes, input: $0.input) }

  /// A classifier for features of a trained network, as of VGG-16 (Chollet 2016):
  /// https://blog.keras.io/building-powerful-image-classification-models-using-very-little-data.html
  /// - Parameter input: `[C, H, W]`
  public static func head256(classes: Int = 2, input: Shape = [512, 4, 4]) -> Network {
    Network("head-256", input: input) {  // [N,512,4,4]
      Dense(256)  // → [N,256]
      ReLU()
      Dropout(0.5)
      Dense(classes)  // → [N,2]
    }
  }
}
