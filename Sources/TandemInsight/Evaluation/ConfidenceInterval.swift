/// A range that holds the true value in 95 of 100 evaluations on as many other images of the same
/// kind. In JSON a list of both ends.
package struct ConfidenceInterval: Hashable, Encodable, Sendable {
  package let low: Double
  package let high: Double

  package init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// The quantile of the standard normal distribution that 2.5 % lie beyond.
  private static let quantile = 1.959963984540054

  /// Wilson's score interval of a proportion, which stays within 0…1 and is right for few trials
  /// and for proportions near 0 and 1 (E. B. Wilson 1927, Journal of the American Statistical
  /// Association 22:209; recommended by Brown, Cai and DasGupta 2001,
  /// https://doi.org/10.1214/ss/1009213286).
  ///
  /// - Returns: nil without trials.
  package static func wilson(hits: Int, of trials: Int) -> ConfidenceInterval? {
    guard trials > 0 else { return nil }
    let n = Double(trials)
    let proportion = Double(hits) / n
    let square = quantile * quantile
    let centre = (proportion + square / (2 * n)) / (1 + square / n)
    let half =
      quantile / (1 + square / n)
      * (proportion * (1 - proportion) / n + square / (4 * n * n)).squareRoot()
    // The ends themselves, which rounding would miss.
    return ConfidenceInterval(
      low: hits == 0 ? 0 : max(0, centre - half), high: hits == trials ? 1 : min(1, centre + half))
  }

  /// The interval of an F1 score.
  ///
  /// Of the images that are of a class or were taken for it, those that are both are a proportion
  /// J, and F1 = 2J / (1 + J) grows with it: so Wilson's interval of J gives that of F1 (the
  /// indirect method of Lam, Gopal and Qian 2023, https://arxiv.org/abs/2309.14621).
  ///
  /// - Parameters:
  ///   - hits: images of the class that were taken for it.
  ///   - either: images that are of the class or were taken for it.
  package static func f1(hits: Int, of either: Int) -> ConfidenceInterval? {
    guard let share = wilson(hits: hits, of: either) else { return nil }
    func score(_ share: Double) -> Double { 2 * share / (1 + share) }
    return ConfidenceInterval(low: score(share.low), high: score(share.high))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode([low, high])
  }
}
