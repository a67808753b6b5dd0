import TandemTensor

/// The images and labels of a part, judged by their headers and not yet read.
struct KerasPart {
  let layout: ImageLayout
  /// The number of classes, if labels are one-hot.
  let oneHotWidth: Int?

  private let images: NumPyEntry
  private let imagesName: String
  private let pixelType: PixelType
  private let labels: NumPyEntry
  private let labelsName: String

  /// - Parameter areChannelsFirst: whether the archive says that images are `[N, C, H, W]`.
  init(
    _ suffix: String, images: NumPyEntry, labels: NumPyEntry, areChannelsFirst: Bool = false
  ) throws {
    (imagesName, labelsName) = ("x_\(suffix)", "y_\(suffix)")
    (self.images, self.labels) = (images, labels)
    oneHotWidth = try Self.oneHotWidth(labels, labelsName)
    // Vectors of numbers, which no picture is.
    let areVectors = images.shape.rank == 2 && images.elementType.isFloatingPoint
    layout = try ImageLayout(
      images.shape, imagesName, areFeatures: areChannelsFirst || areVectors)
    guard images.shape[0] == labels.shape[0] else {
      throw DataError.Fact.countsDiffer(
        images: images.shape[0], labels: labels.shape[0], labelsPath: labelsName)
    }
    guard let pixelType = PixelType(images.elementType) else {
      throw DataError.Fact.wrongArrayType(
        array: imagesName, type: images.elementType.rawValue, expected: PixelType.expected)
    }
    self.pixelType = pixelType
  }

  private static func oneHotWidth(_ labels: NumPyEntry, _ name: String) throws -> Int? {
    let shape = labels.shape
    if shape.rank == 2, (2...KerasArrays.classLimit).contains(shape[1]) { return shape[1] }
    guard shape.rank == 1 || (shape.rank == 2 && shape[1] == 1) else {
      throw DataError.Fact.wrongArrayShape(
        array: name, shape: shape, expected: "[N] or [N, 1], or one-hot [N, classes]")
    }
    guard !labels.elementType.isFloatingPoint else {
      throw DataError.Fact.wrongArrayType(
        array: name, type: labels.elementType.rawValue, expected: "integers")
    }
    return nil
  }

  private var keepsBytes: Bool { images.elementType.byteCount == 1 }

  /// Bytes of the pixels and labels, once they are read.
  var bytes: Int {
    images.shape.elementCount * (keepsBytes ? 1 : MemoryLayout<Float>.size)
      + labels.shape[0] * MemoryLayout<Int32>.size
  }

  /// The array, what becomes of it, and that in the right order may all be there at once.
  var bytesWhileReading: Int {
    let isConverted = ![.uint8, .float16, .float32].contains(images.elementType)
    let copies = (isConverted ? 1 : 0) + (layout.isReordered ? 1 : 0)
    return max(images.byteCountWhileReading, images.byteCountInMemory + copies * bytes)
      + labels.byteCountWhileReading
  }

  func readLabels() throws -> [Int64] {
    let array = try labels.array()
    if oneHotWidth != nil { return try OneHotLabels.classes(of: array, named: labelsName) }
    return switch array.storage {
    case .uint8(let elements): elements.map(Int64.init)
    case .int32(let elements): elements.map(Int64.init)
    case .int64(let elements): elements
    case .float32, .float64: preconditionFailure("refused by its header")
    }
  }

  func readPixels() throws -> InMemoryDataset.Pixels {
    let array = try images.array()
    if let (index, value) = array.negativePixel {
      throw DataError.Fact.negativePixel(array: imagesName, index: index, value: value)
    }
    switch (pixelType, array.storage) {
    case (.integers(white: 255), .uint8(let elements)):
      return .uint8(layout.ordered(elements))
    case (.integers(white: 255), .int32(let elements)):
      return .uint8(layout.ordered(elements.map { UInt8($0) }))
    case (.integers(white: 1), .uint8(let elements)):
      return .uint8(layout.ordered(elements.map { $0 * 255 }))
    case (.integers(let white), _):
      return .float32(layout.ordered(array.floatTensor().elements.map { $0 / white }))
    case (.floats, _):
      let elements = array.floatTensor().elements
      if let index = elements.firstIndex(where: { !$0.isFinite }) {
        throw DataError.Fact.notFinite(array: imagesName, index: index)
      }
      return .float32(layout.ordered(elements))
    }
  }
}
