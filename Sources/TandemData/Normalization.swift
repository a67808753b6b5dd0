import CKernels
import TandemTensor

/// How pixels are shifted and scaled before a network sees them: `(x − mean) / standardDeviation`
/// for each channel, with x in 0…1 for images of bytes (x = byte / 255).
public struct Normalization: Codable, Hashable, Sendable {
  /// One value for each channel.
  public let mean: [Float]
  /// One value above 0 for each channel.
  public let standardDeviation: [Float]
  /// What is done to each image by itself after that; nil for nothing.
  public let perImage: PerImage?
  /// What is done to each image after that, all its values together; nil for nothing.
  public let whitening: ZCAWhitening?

  /// An image as a whole, all its channels together, as Keras' samplewise_center and
  /// samplewise_std_normalization take it.
  public enum PerImage: String, Codable, Sendable {
    /// Mean 0.
    case centred
    /// Mean 0 and standard deviation 1 (plus 10⁻⁶, so that an even image stays finite).
    case standardised
  }

  public init(mean: [Float], standardDeviation: [Float], perImage: PerImage? = nil) {
    self.init(mean: mean, standardDeviation: standardDeviation, perImage: perImage, nil)
  }

  private init(
    mean: [Float], standardDeviation: [Float], perImage: PerImage?, _ whitening: ZCAWhitening?
  ) {
    precondition(Self.isValid(mean, standardDeviation))
    self.whitening = whitening
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.perImage = perImage
  }

  /// The same for images that are then changed by themselves too.
  public func with(perImage: PerImage?) -> Normalization {
    Normalization(
      mean: mean, standardDeviation: standardDeviation, perImage: perImage, whitening)
  }

  /// The same for images that are then whitened.
  package func with(_ whitening: ZCAWhitening?) -> Normalization {
    Normalization(
      mean: mean, standardDeviation: standardDeviation, perImage: perImage, whitening)
  }

  /// Whether it can be used for images of a shape.
  package func fits(_ shape: Shape) -> Bool {
    mean.count == shape[0] && whitening.map { $0.count == shape.elementCount } ?? true
  }

  /// What has to be done to an image by itself, once the rest is done.
  package func finish(_ image: UnsafeMutablePointer<Float>, count: Int) {
    if let perImage {
      tandem_standardize(image, count, perImage == .standardised ? 1 : 0, 1e-6)
    }
    whitening?.apply(to: image, count: count)
  }

  /// `means [0.5], standard deviations [0.25]`
  package var text: String {
    let each = perImage.map { ", each image \($0.rawValue)" } ?? ""
    return "means \(mean), standard deviations \(standardDeviation)" + each
      + (whitening.map { ", \($0.text)" } ?? "")
  }

  /// Bytes 0…255 become 0…1; float32 images stay as they are.
  public static func unitScale(channels: Int) -> Normalization {
    Normalization(
      mean: Array(repeating: 0, count: channels),
      standardDeviation: Array(repeating: 1, count: channels))
  }

  /// Mean and standard deviation of the red, green and blue of ImageNet's training pictures in 0…1,
  /// as torchvision's weights were trained with
  /// (https://docs.pytorch.org/vision/stable/models.html).
  public static let imageNet = Normalization(
    mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225])

  /// Mean 0 and standard deviation 1 for each channel over all pixels of `dataset`, which should be
  /// the training images only. A channel without any variation is only shifted.
  /// - Throws: what the data set throws when an image cannot be produced.
  public static func statistics(of dataset: any Dataset) throws -> Normalization {
    let moments = try dataset.channelMoments()
    return Normalization(
      mean: moments.map { Float($0.mean) },
      standardDeviation: moments.map {
        let deviation = Float($0.standardDeviation)
        return deviation > 0 ? deviation : 1
      })
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    mean = try container.decode([Float].self, forKey: .mean)
    standardDeviation = try container.decode([Float].self, forKey: .standardDeviation)
    perImage = try container.decodeIfPresent(PerImage.self, forKey: .perImage)
    whitening = try container.decodeIfPresent(ZCAWhitening.self, forKey: .whitening)
    guard Self.isValid(mean, standardDeviation) else {
      throw DecodingError.dataCorruptedError(
        forKey: .standardDeviation, in: container,
        debugDescription: "a mean and a standard deviation above 0 are needed for each channel")
    }
  }

  private static func isValid(_ mean: [Float], _ deviation: [Float]) -> Bool {
    mean.count == deviation.count && mean.allSatisfy { $0.isFinite }
      && deviation.allSatisfy { $0.isFinite && $0 > 0 }
  }
}
