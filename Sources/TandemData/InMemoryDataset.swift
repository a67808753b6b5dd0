import CKernels
import TandemTensor

/// A data set whose images lie in memory, as bytes or as float32.
public struct InMemoryDataset: Dataset {
  /// Pixels of all images, `[N, C, H, W]`.
  public enum Pixels: Sendable {
    /// 0…255, which the network sees as 0…1 before normalisation.
    case uint8([UInt8])
    /// Already in the scale that the network is to see before normalisation.
    case float32([Float])

    var count: Int {
      switch self {
      case .uint8(let pixels): pixels.count
      case .float32(let pixels): pixels.count
      }
    }
  }

  public private(set) var name: String
  public private(set) var count: Int
  public let imageShape: Shape
  public let classNames: [String]
  public let isInMemory = true
  private let pixels: Pixels
  private let labels: [Int32]

  /// - Parameters:
  ///   - imageShape: `[C, H, W]`.
  ///   - pixels: `[N, C, H, W]`.
  ///   - labels: `[N]`, each in `0..<classNames.count`.
  public init(
    name: String, imageShape: Shape, classNames: [String], pixels: Pixels, labels: [Int32]
  ) {
    precondition(imageShape.rank == 3 && imageShape.elementCount > 0, "\(imageShape)")
    precondition(pixels.count == labels.count * imageShape.elementCount, "pixels do not fit labels")
    precondition(labels.allSatisfy { classNames.indices.contains(Int($0)) }, "label out of range")
    self.name = name
    self.count = labels.count
    self.imageShape = imageShape
    self.classNames = classNames
    self.pixels = pixels
    self.labels = labels
  }

  /// Shares the memory of this data set.
  public func prefix(_ maximumCount: Int) -> InMemoryDataset {
    var part = self
    part.count = max(0, min(count, maximumCount))
    return part
  }

  /// The same images under another name.
  package func named(_ name: String) -> InMemoryDataset {
    var other = self
    other.name = name
    return other
  }

  public func label(_ index: Int) -> Int32 {
    precondition(index < count)
    return labels[index]
  }

  public func copyImage(
    _ index: Int, normalization: Normalization, into destination: UnsafeMutablePointer<Float>
  ) {
    precondition(index >= 0 && index < count)
    precondition(normalization.mean.count == imageShape[0], "one mean for each channel")
    let plane = imageShape[1] * imageShape[2]
    for channel in 0..<imageShape[0] {
      let mean = normalization.mean[channel]
      let deviation = normalization.standardDeviation[channel]
      let start = index * imageShape.elementCount + channel * plane
      let output = destination + channel * plane
      switch pixels {
      case .uint8(let bytes):
        bytes.withUnsafeBufferPointer { bytes in
          let input = bytes.baseAddress.unsafelyUnwrapped + start
          tandem_normalize_bytes(output, input, plane, mean, deviation)
        }
      case .float32(let values):
        values.withUnsafeBufferPointer { values in
          let input = values.baseAddress.unsafelyUnwrapped + start
          tandem_normalize_floats(output, input, plane, mean, deviation)
        }
      }
    }
  }

  public func fingerprint() -> DatasetFingerprint {
    var contents = ContentDigest()
    contents.add(labels[..<count])
    let pixelCount = count * imageShape.elementCount
    switch pixels {
    case .uint8(let bytes):
      contents.add("uint8")
      contents.add(bytes[..<pixelCount])
    case .float32(let values):
      contents.add("float32")
      contents.add(values[..<pixelCount])
    }
    return DatasetFingerprint(
      images: count, imageShape: imageShape, classNames: classNames, contents: contents.value)
  }

  public func channelMoments() -> [ChannelMoments] {
    let channels = imageShape[0]
    let size = imageShape[1] * imageShape[2]
    // Nothing lies between the planes of images with one channel.
    let (planes, plane) = channels == 1 ? (1, count * size) : (count, size)
    return (0..<channels).map { channel in
      let starts = (0..<planes).lazy.map { ($0 * channels + channel) * plane }
      switch pixels {
      case .uint8(let bytes): return Self.moments(of: bytes, starts: starts, plane: plane)
      case .float32(let values): return Self.moments(of: values, starts: starts, plane: plane)
      }
    }
  }

  /// There are only 256 values: counting them makes both sums exact.
  private static func moments(
    of bytes: [UInt8], starts: some Sequence<Int>, plane: Int
  ) -> ChannelMoments {
    var counts = [UInt64](repeating: 0, count: 256)
    bytes.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      for start in starts { tandem_count_bytes(&counts, base + start, plane) }
    }
    return ChannelMoments(countsOfBytes: counts)
  }

  private static func moments(
    of values: [Float], starts: some Sequence<Int>, plane: Int
  ) -> ChannelMoments {
    func average(_ transform: (Double) -> Double) -> Double {
      var (sum, count) = (0.0, 0)
      for start in starts {
        for pixel in start..<start + plane { sum += transform(Double(values[pixel])) }
        count += plane
      }
      return sum / Double(max(1, count))
    }
    let mean = average { $0 }
    let variance = average { ($0 - mean) * ($0 - mean) }
    return ChannelMoments(mean: mean, standardDeviation: variance.squareRoot())
  }
}
