/// How pixels are shifted and scaled before a network sees them: `(x − mean) / standardDeviation`
/// for each channel, with x in 0…1 for images of bytes (x = byte / 255).
public struct Normalization: Codable, Hashable, Sendable {
  /// One value for each channel.
  public let mean: [Float]
  /// One value above 0 for each channel.
  public let standardDeviation: [Float]

  public init(mean: [Float], standardDeviation: [Float]) {
    precondition(Self.isValid(mean, standardDeviation))
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// Bytes 0…255 become 0…1; float32 images stay as they are.
  public static func unitScale(channels: Int) -> Normalization {
    Normalization(
      mean: Array(repeating: 0, count: channels),
      standardDeviation: Array(repeating: 1, count: channels))
  }

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
