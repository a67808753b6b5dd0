import Foundation
import TandemTensor

/// Reads the four arrays in which Keras publishes its data sets, `x_train`, `y_train`, `x_test` and
/// `y_test`, from one `.npz` archive or from a folder with four `.npy` files.
///
/// Images are uint8 (0…255, seen as 0…1) or floating-point (taken as they are), `[N, H, W]`,
/// `[N, H, W, C]` or `[N, C, H, W]`. With four axes, the channels are the axis with 1 to 4 entries,
/// second or last; an array in which both could be is refused. Labels are integers `[N]` or `[N, 1]`.
enum KerasArrays {
  static let names = ["x_train", "y_train", "x_test", "y_test"]
  private static let classLimit = 65_536

  /// Whether the `.npy` file of the training images is among `names`.
  static func isRecognised(among names: Set<String>) -> Bool {
    names.contains("x_train.npy")
  }

  /// - Throws: `FileError`, `NumPyError` or `DataError`.
  static func load(archive path: String, name: String) throws -> DatasetPair {
    let archive = try NumPyArchive(contentsOf: path, only: Set(names))
    return try namingFile(path) {
      try load(name: name, path: path) { try archive.array(named: $0) }
    }
  }

  /// - Throws: `FileError`, `NumPyError` or `DataError`.
  static func load(folder path: String, name: String) throws -> DatasetPair {
    try namingFile(path) {
      try load(name: name, path: path) { try NumPyArray(contentsOf: "\(path)/\($0).npy") }
    }
  }

  private static func load(
    name: String, path: String, array: (String) throws -> NumPyArray
  ) throws -> DatasetPair {
    let train = try part("train", path: path, array: array)
    let test = try part("test", path: path, array: array)
    guard train.shape == test.shape else {
      throw DataError.Fact.imageShapesDiffer(train: train.shape, test: test.shape)
    }
    let classes = try classCount(train: train.labels, test: test.labels)
    let classNames = ClassNames.known(forDataSet: name, count: classes)
    func dataset(_ part: Part) -> InMemoryDataset {
      InMemoryDataset(
        name: name, imageShape: part.shape, classNames: classNames, pixels: part.pixels,
        labels: part.labels.map { Int32($0) })
    }
    return DatasetPair(train: dataset(train), test: dataset(test))
  }

  private struct Part {
    var shape: Shape
    var pixels: InMemoryDataset.Pixels
    var labels: [Int64]
  }

  private static func part(
    _ suffix: String, path: String, array: (String) throws -> NumPyArray
  ) throws -> Part {
    let (imagesName, labelsName) = ("x_\(suffix)", "y_\(suffix)")
    let images = try array(imagesName)
    let labels = try Self.labels(try array(labelsName), labelsName)
    guard [3, 4].contains(images.shape.rank) else {
      throw DataError.Fact.wrongArrayShape(
        array: imagesName, shape: images.shape, expected: "[N, H, W], [N, H, W, C] or [N, C, H, W]")
    }
    let count = images.shape[0]
    guard count > 0 else { throw DataError.Fact.noImages }
    guard images.shape.elementCount > 0 else {
      throw DataError.Fact.emptyImages(shape: images.shape)
    }
    guard count == labels.count else {
      throw DataError.Fact.countsDiffer(
        images: count, labels: labels.count, labelsPath: labelsName)
    }
    let channelsLast = try areChannelsLast(images.shape, imagesName)
    let extents = images.shape.dimensions
    let shape: Shape =
      switch (extents.count, channelsLast) {
      case (3, _): [1, extents[1], extents[2]]
      case (_, true): [extents[3], extents[1], extents[2]]
      case (_, false): [extents[1], extents[2], extents[3]]
      }
    func ordered<Element>(_ elements: [Element]) -> [Element] {
      channelsLast ? elements.channelsFirst(imageShape: shape) : elements
    }
    let pixels: InMemoryDataset.Pixels
    switch images.storage {
    case .uint8(let elements): pixels = .uint8(ordered(elements))
    case .float32, .float64:
      let elements = images.floatTensor().elements
      if let index = elements.firstIndex(where: { !$0.isFinite }) {
        throw DataError.Fact.notFinite(array: imagesName, index: index)
      }
      pixels = .float32(ordered(elements))
    case .int32, .int64:
      throw DataError.Fact.wrongArrayType(
        array: imagesName, type: "integer", expected: "uint8 or float32")
    }
    return Part(shape: shape, pixels: pixels, labels: labels)
  }

  private static func areChannelsLast(_ shape: Shape, _ name: String) throws -> Bool {
    guard shape.rank == 4 else { return false }
    switch ((1...4).contains(shape[1]), (1...4).contains(shape[3])) {
    case (true, true): throw DataError.Fact.ambiguousChannels(array: name, shape: shape)
    case (false, false): throw DataError.Fact.noChannels(array: name, shape: shape)
    case (let second, _): return !second
    }
  }

  private static func labels(_ array: NumPyArray, _ name: String) throws -> [Int64] {
    guard array.shape.rank == 1 || (array.shape.rank == 2 && array.shape[1] == 1) else {
      throw DataError.Fact.wrongArrayShape(
        array: name, shape: array.shape, expected: "[N] or [N, 1]")
    }
    switch array.storage {
    case .uint8(let elements): return elements.map(Int64.init)
    case .int32(let elements): return elements.map(Int64.init)
    case .int64(let elements): return elements
    case .float32, .float64:
      throw DataError.Fact.wrongArrayType(
        array: name, type: "floating-point", expected: "integers")
    }
  }

  /// One more than the largest label. The arrays do not say how many classes there are, so a label
  /// that is too large can only be told by the classes that it would leave without images, although
  /// there are images enough for all of them.
  private static func classCount(train: [Int64], test: [Int64]) throws -> Int {
    for labels in [train, test] {
      for (index, label) in labels.enumerated() where !(0..<Int64(classLimit)).contains(label) {
        throw label < 0
          ? DataError.Fact.labelOutOfRange(label: label, index: index, classes: classLimit)
          : DataError.Fact.tooManyClasses(label: label, index: index, limit: classLimit)
      }
    }
    let occurring = Set(train).union(test)
    let largest = occurring.max() ?? 0
    if largest >= 10, train.count > largest, occurring.count * 2 <= largest {
      let index = train.firstIndex(of: largest) ?? test.firstIndex(of: largest) ?? 0
      throw DataError.Fact.sparseLabels(
        largest: largest, index: index, occurring: occurring.count)
    }
    return Int(largest) + 1
  }
}
