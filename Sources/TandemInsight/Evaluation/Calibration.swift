import TandemTraining

/// Whether a network is right as often as its probabilities say.
///
/// Images are put into bins by the probability of the predicted class. The expected calibration
/// error is the mean distance, over all images, of their bin's mean probability from the share of
/// its images that are right (Naeini, Cooper and Hauskrecht 2015; Guo, Pleiss, Sun and Weinberger
/// 2017, section 2, https://arxiv.org/abs/1706.04599, with 15 bins as there).
package struct Calibration: Hashable, Encodable, Sendable {
  /// The images whose probability is above `from` and at most `to`.
  package struct Bin: Hashable, Encodable, Sendable {
    package let from: Double
    package let to: Double
    package let images: Int
    /// The mean probability of the predicted classes, and the share of images that are right; nil
    /// for a bin without images.
    package let confidence: Double?
    package let accuracy: Double?
  }

  package static let binCount = 15

  package let expectedError: Double
  /// The largest distance of a bin.
  package let maximumError: Double
  /// The mean probability of the predicted classes.
  package let meanConfidence: Double
  package let bins: [Bin]

  /// - Returns: nil for outputs that are no probabilities, and without images.
  init?(_ images: [EvaluatedImage]) {
    var counts = [Int](repeating: 0, count: Self.binCount)
    var hits = counts
    var sums = [Double](repeating: 0, count: Self.binCount)
    var total = 0.0
    for image in images {
      guard let confidence = image.confidence.map(Double.init) else { return nil }
      let bin = Int((confidence * Double(Self.binCount)).rounded(.up)) - 1
      let place = min(max(bin, 0), Self.binCount - 1)
      counts[place] += 1
      sums[place] += confidence
      total += confidence
      if image.isHit { hits[place] += 1 }
    }
    guard !images.isEmpty else { return nil }
    meanConfidence = total / Double(images.count)
    bins = counts.indices.map { place in
      let count = Double(counts[place])
      return Bin(
        from: Double(place) / Double(Self.binCount),
        to: Double(place + 1) / Double(Self.binCount), images: counts[place],
        confidence: count == 0 ? nil : sums[place] / count,
        accuracy: count == 0 ? nil : Double(hits[place]) / count)
    }
    let distances = counts.indices.map { abs(sums[$0] - Double(hits[$0])) }
    expectedError = distances.reduce(0, +) / Double(images.count)
    maximumError =
      counts.indices.map { counts[$0] == 0 ? 0 : distances[$0] / Double(counts[$0]) }.max() ?? 0
  }
}
