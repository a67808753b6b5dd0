import Foundation
import TandemTensor

/// Reads the four arrays in which Keras publishes its data sets, `x_train`, `y_train`, `x_test` and
/// `y_test`, from one `.npz` archive or from a folder with four `.npy` files.
///
/// Images are `[N, H, W]`, `[N, H, W, C]` or `[N, C, H, W]`, of a type that `PixelType` knows. With
/// four axes, the channels are the axis with 1 to 4 entries, second or last; an array in which both
/// could be is refused, unless an array `channels_first` says that it is the second, whatever the
/// number. Floating-point `[N, F]` are vectors, such as features that a network has made; they
/// become images `[1, 1, F]`. Labels are integers `[N]` or `[N, 1]`, or one-hot `[N, K]` of any
/// type.
///
/// The headers of all four are compared before any elements are read or unpacked: what does not fit
/// together, or not into memory, is refused at once, however large it claims to be.
package enum KerasArrays {
  private static let names = ["x_train", "y_train", "x_test", "y_test"]
  static let classLimit = 65_536
  /// The array whose presence says that images are `[N, C, H, W]`; not 0.
  package static let channelsFirst = "channels_first"

  /// Whether the `.npy` file of the training images is among `names`.
  static func isRecognised(among names: Set<String>) -> Bool {
    names.contains("x_train.npy")
  }

  /// - Throws: `FileError`, `NumPyError`, `MemoryError` or `DataError`.
  static func load(archive path: String, name: String) throws -> DatasetPair {
    let archive = try NumPyArchiveReader(path: path)
    return try namingFile(path) {
      try load(
        name: name, path: path, areChannelsFirst: archive.names.contains(channelsFirst)
      ) { try archive.entry(named: $0) }
    }
  }

  /// - Throws: `FileError`, `NumPyError`, `MemoryError` or `DataError`.
  static func load(_ contents: FolderContents, name: String) throws -> DatasetPair {
    try namingFile(contents.path) {
      try load(
        name: name, path: contents.path,
        areChannelsFirst: try contents.file(named: [channelsFirst + ".npy"]) != nil
      ) { array in
        let file = array + ".npy"
        // Opening a file that is missing says so.
        return try NumPyEntry(
          contentsOf: contents.file(named: [file]) ?? "\(contents.path)/\(file)")
      }
    }
  }

  private static func load(
    name: String, path: String, areChannelsFirst: Bool, entry: (String) throws -> NumPyEntry
  ) throws -> DatasetPair {
    let entries = try names.map(entry)
    let train = try KerasPart(
      "train", images: entries[0], labels: entries[1], areChannelsFirst: areChannelsFirst)
    let test = try KerasPart(
      "test", images: entries[2], labels: entries[3], areChannelsFirst: areChannelsFirst)
    guard train.layout.shape == test.layout.shape else {
      throw DataError.Fact.imageShapesDiffer(train: train.layout.shape, test: test.layout.shape)
    }
    if let ofTrain = train.oneHotWidth, let ofTest = test.oneHotWidth, ofTrain != ofTest {
      throw DataError.Fact.oneHotWidthsDiffer(train: ofTrain, test: ofTest)
    }
    try MemoryLimits.require(
      bytes: max(train.bytesWhileReading, train.bytes + test.bytesWhileReading),
      purpose: "images of \(path)")

    let labels = (train: try train.readLabels(), test: try test.readLabels())
    let classes = try classCount(labels, oneHotWidth: train.oneHotWidth ?? test.oneHotWidth)
    let classNames = ClassNames.known(forDataSet: name, count: classes)
    func dataset(_ part: KerasPart, _ labels: [Int64]) throws -> InMemoryDataset {
      InMemoryDataset(
        name: name, imageShape: part.layout.shape, classNames: classNames,
        pixels: try part.readPixels(), labels: labels.map { Int32($0) })
    }
    return DatasetPair(
      train: try dataset(train, labels.train), test: try dataset(test, labels.test))
  }

  /// How many classes there are: the width of one-hot labels, or one more than the largest label.
  /// The arrays then do not say, so a label that is too large can only be told by the classes that
  /// it would leave without images, although there are images enough for all of them.
  private static func classCount(
    _ labels: (train: [Int64], test: [Int64]), oneHotWidth: Int?
  ) throws -> Int {
    for labels in [labels.train, labels.test] {
      let limit = oneHotWidth ?? classLimit
      for (index, label) in labels.enumerated() where !(0..<Int64(limit)).contains(label) {
        throw label < 0 || oneHotWidth != nil
          ? DataError.Fact.labelOutOfRange(label: label, index: index, classes: limit)
          : DataError.Fact.tooManyClasses(label: label, index: index, limit: limit)
      }
    }
    if let oneHotWidth { return oneHotWidth }
    let occurring = Set(labels.train).union(labels.test)
    let largest = occurring.max() ?? 0
    if largest >= 10, labels.train.count > largest, occurring.count * 2 <= largest {
      let index = labels.train.firstIndex(of: largest) ?? labels.test.firstIndex(of: largest) ?? 0
      throw DataError.Fact.sparseLabels(
        largest: largest, index: index, occurring: occurring.count)
    }
    return Int(largest) + 1
  }
}
