import Tandem

/// A .npy array as images for a network.
struct PredictionInput {
  private let path: String
  /// What the network takes: `[C, H, W]` or `[F]`.
  private let imageShape: Shape
  private let entry: NumPyEntry
  private let pixels: PixelType
  private let count: Int
  private let areChannelsLast: Bool

  /// Judges the array by its header; the elements are not read yet.
  ///
  /// - Parameter imageShape: `[C, H, W]` or `[F]`.
  /// - Throws: `FileError`, `NumPyError`, `PredictionInputError`.
  init(contentsOf path: String, imageShape: Shape) throws {
    self.path = path
    self.imageShape = imageShape
    entry = try NumPyEntry(contentsOf: path)
    (count, areChannelsLast) = try Self.layout(of: entry.shape, imageShape, path)
    guard count > 0 else { throw PredictionInputError.noImages(path: path, shape: entry.shape) }
    guard let pixels = PixelType(entry.elementType) else {
      throw PredictionInputError.integers(path: path, type: entry.elementType)
    }
    self.pixels = pixels
  }

  /// `[N, C, H, W]` or `[N, F]`
  ///
  /// - Parameters:
  ///   - normalization: applied to pixels of integers; nil scales them to 0…1.
  ///   - includingFloats: whether floating-point numbers are normalised too.
  /// - Throws: `PredictionInputError`; `MemoryError`.
  func tensor(normalization: Normalization?, includingFloats: Bool) throws -> Tensor {
    let isNormalized = pixels != .floats || includingFloats
    try requireMemory(isNormalized: isNormalized)
    let array = try entry.array()
    if let (index, value) = array.negativePixel {
      throw DataError(
        path: path, fact: .negativePixel(array: "the array", index: index, value: value))
    }
    var elements = array.floatTensor().elements
    if areChannelsLast { elements = elements.channelsFirst(imageShape: imageShape) }
    if isNormalized { try normalize(&elements, normalization) }
    return Tensor(shape: imageShape.batched(count), elements: elements)
  }

  /// The array as it is read, its numbers as float32, and those in the right order may all be there
  /// at once.
  private func requireMemory(isNormalized: Bool) throws {
    let isConverted = entry.elementType.byteCountInMemory != MemoryLayout<Float>.size
    var copies = (isConverted ? 1 : 0) + (areChannelsLast ? 1 : 0)
    if copies == 0, isNormalized { copies = 1 }
    let bytes = entry.shape.elementCount * MemoryLayout<Float>.size
    try MemoryLimits.require(
      bytes: max(entry.byteCountWhileReading, entry.byteCountInMemory + copies * bytes),
      purpose: "images of \(path)")
  }

  /// How many images the array holds, and whether their channels come last.
  private static func layout(
    of array: Shape, _ imageShape: Shape, _ path: String
  ) throws -> (count: Int, channelsLast: Bool) {
    let found = array.dimensions
    let image = imageShape.dimensions
    let candidates: [(image: [Int], channelsLast: Bool)] =
      image.count != 3
      ? [(image, false)]
      : [(image, false), ([image[1], image[2], image[0]], true)]
        + (image[0] == 1 ? [([image[1], image[2]], false)] : [])
    for candidate in candidates {
      if found == candidate.image { return (1, candidate.channelsLast) }
      if found.count == candidate.image.count + 1, Array(found.dropFirst()) == candidate.image {
        return (found[0], candidate.channelsLast)
      }
    }
    throw PredictionInputError.shape(path: path, found: array, image: imageShape)
  }

  private func normalize(
    _ elements: inout [Float], _ normalization: Normalization?
  ) throws {
    let channels = imageShape.rank == 3 ? imageShape[0] : 1
    let normalization = normalization ?? .unitScale(channels: channels)
    guard normalization.mean.count == channels else {
      throw PredictionInputError.channels(
        path: path, normalised: normalization.mean.count, channels: channels)
    }
    let size = imageShape.elementCount
    let plane = size / channels
    let white: Float = if case .integers(let white) = pixels { white } else { 1 }
    for index in elements.indices {
      let channel = index / plane % channels
      let value = elements[index] / white
      elements[index] =
        (value - normalization.mean[channel]) / normalization.standardDeviation[channel]
    }
    elements.withUnsafeMutableBufferPointer { elements in
      guard let base = elements.baseAddress else { return }
      for image in 0..<count { normalization.finish(base + image * size, count: size) }
    }
  }
}
