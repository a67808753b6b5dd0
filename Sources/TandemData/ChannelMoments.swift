/// Mean and (population) standard deviation of one channel's pixels.
public struct ChannelMoments: Hashable, Sendable {
  public var mean: Double
  public var standardDeviation: Double

  public init(mean: Double, standardDeviation: Double) {
    self.mean = mean
    self.standardDeviation = standardDeviation
  }
}
