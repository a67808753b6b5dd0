import TandemData

/// How much an image counts in the loss, by its class, as Keras' `class_weight`: its loss and its
/// gradient are multiplied. The mean is still over the number of images.
public enum ClassWeights: Hashable, Codable, Sendable {
  /// Each class as much as all others together with it would have if they had as many images:
  /// images / (classes · images of the class), of the classes that have any.
  case balanced
  /// One for each class, in the order of the labels.
  case given([Float])

  /// The weights for the training images.
  /// - Throws: `TrainingError.invalidOption` for numbers that do not fit them.
  func measured(on images: any Dataset) throws -> ClassWeights {
    let classes = images.classNames.count
    switch self {
    case .given(let weights):
      guard weights.count == classes else {
        throw TrainingError.invalidOption(
          "classWeights", value: "\(self)",
          remedy: "give one for each of the \(classes) classes of \(images.name)")
      }
      return self
    case .balanced:
      var counts = [Int](repeating: 0, count: classes)
      for index in 0..<images.count { counts[Int(images.label(index))] += 1 }
      let present = counts.filter { $0 > 0 }.count
      return .given(
        counts.map { $0 == 0 ? 0 : Float(Double(images.count) / Double(present * $0)) })
    }
  }

  /// nil before they are measured.
  var values: [Float]? {
    if case .given(let values) = self { values } else { nil }
  }
}

extension ClassWeights: CustomStringConvertible {
  public var description: String {
    switch self {
    case .balanced: "balanced"
    case .given(let weights): weights.map { "\($0)" }.joined(separator: ",")
    }
  }
}
