/// Mean and (population) standard deviation of one channel's pixels.
public struct ChannelMoments: Hashable, Codable, Sendable {
  public var mean: Double
  public var standardDeviation: Double

  public init(mean: Double, standardDeviation: Double) {
    self.mean = mean
    self.standardDeviation = standardDeviation
  }
}

extension ChannelMoments {
  /// Moments of bytes 0…255, seen as 0…1, of which is known how often each value occurs.
  init(countsOfBytes counts: [UInt64]) {
    let total = Double(max(1, counts.reduce(0, +)))
    let mean = Double(zip(counts, 0...).map { $0 * $1 }.reduce(0, +)) / (255 * total)
    var squares = 0.0
    for (value, count) in counts.enumerated() {
      let distance = Double(value) / 255 - mean
      squares += Double(count) * distance * distance
    }
    self.init(mean: mean, standardDeviation: (squares / total).squareRoot())
  }
}
