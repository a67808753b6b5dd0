import TandemTensor

/// What a data set is, apart from its name and where it was read: ranks of a job compare it to find
/// out whether all of them have the same images, without sending any.
public struct DatasetFingerprint: Hashable, Codable, Sendable, CustomStringConvertible {
  public let images: Int
  public let imageShape: Shape
  public let classes: Int
  /// The digest of the numbers above, the classes' names, the labels and the pixels.
  public let digest: UInt64
  /// The digest of the images' number and shape, the labels and the pixels: all that training sees,
  /// whatever the classes are called.
  public let contents: UInt64
  /// A digest of the bytes of all files, where ranks were asked to compare these too.
  public let verified: UInt64?

  /// - Parameters:
  ///   - contents: a digest of labels and pixels.
  ///   - verified: a digest of files of which `contents` covers only what is known without reading
  ///     them.
  public init(
    images: Int, imageShape: Shape, classNames: [String], contents: UInt64, verified: UInt64? = nil
  ) {
    self.verified = verified
    self.images = images
    self.imageShape = imageShape
    classes = classNames.count
    var digest = ContentDigest()
    digest.add(images)
    digest.add(imageShape.rank)
    for extent in imageShape.dimensions { digest.add(extent) }
    digest.add(classNames.count)
    for name in classNames { digest.add(name) }
    digest.add([contents])
    self.digest = digest.value
    var seen = ContentDigest()
    seen.add(images)
    for extent in imageShape.dimensions { seen.add(extent) }
    seen.add([contents])
    self.contents = seen.value
  }

  /// `contents` in 16 hexadecimal digits.
  public var contentsText: String { Self.hexadecimal(contents) }

  /// `verified` in 16 hexadecimal digits.
  public var verifiedText: String? { verified.map(Self.hexadecimal) }

  /// `60000 images [1, 28, 28] of 10 classes with the digest 00d4f1a98c6e5b99`
  public var description: String {
    "\(images) images \(imageShape) of \(classes) classes with the digest "
      + Self.hexadecimal(digest)
  }

  private static func hexadecimal(_ digest: UInt64) -> String {
    let digits = String(digest, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension Dataset {
  /// Reads every image.
  public func fingerprint() throws -> DatasetFingerprint {
    let unchanged = Normalization.unitScale(channels: imageShape[0])
    var contents = ContentDigest()
    contents.add((0..<count).map { label($0) })
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: imageShape.elementCount) { image in
      guard let base = image.baseAddress else { return }
      for index in 0..<count {
        try copyImage(index, normalization: unchanged, into: base)
        contents.add(UnsafeRawBufferPointer(image))
      }
    }
    return DatasetFingerprint(
      images: count, imageShape: imageShape, classNames: classNames, contents: contents.value)
  }
}
