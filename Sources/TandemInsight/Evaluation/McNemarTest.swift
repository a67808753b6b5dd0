import Foundation
import TandemTraining

/// Two networks on the same images, compared image by image.
///
/// Images that both get right, or both wrong, say nothing of which network is better. If neither
/// is, each of the others is a toss of a coin (McNemar 1947,
/// https://doi.org/10.1007/BF02295996). The probability is that of the binomial distribution
/// itself, both sides, for any number of images: the usual approximation by a chi-square would be
/// wrong for few.
package struct McNemarTest: Hashable, Encodable, Sendable {
  package let bothRight: Int
  package let onlyFirstRight: Int
  package let onlySecondRight: Int
  package let bothWrong: Int
  /// How likely at least such a difference is if neither network is better.
  package let pValue: Double

  /// - Parameter second: the same images in the same order.
  package init(_ first: [EvaluatedImage], _ second: [EvaluatedImage]) {
    precondition(first.count == second.count, "the same images")
    var counts = [0, 0, 0, 0]
    for (one, other) in zip(first, second) {
      counts[(one.isHit ? 0 : 2) + (other.isHit ? 0 : 1)] += 1
    }
    bothRight = counts[0]
    onlyFirstRight = counts[1]
    onlySecondRight = counts[2]
    bothWrong = counts[3]
    pValue = Self.probability(onlyFirstRight, onlySecondRight)
  }

  /// How likely it is that of `a + b` fair coins at most min(a, b) fall on one side, whichever.
  package static func probability(_ a: Int, _ b: Int) -> Double {
    let tosses = a + b
    let fewest = min(a, b)
    // The logarithm of the largest term, C(tosses, fewest) / 2^tosses.
    var logarithm = -Double(tosses) * log(2)
    for factor in stride(from: 1, through: fewest, by: 1) {
      logarithm += log(Double(tosses - fewest + factor) / Double(factor))
    }
    // The sum of all terms, in parts of the largest, from there down to where they vanish.
    var term = 1.0
    var sum = 1.0
    for count in stride(from: fewest, to: 0, by: -1) {
      term *= Double(count) / Double(tosses - count + 1)
      sum += term
      if term < sum * 1e-18 { break }
    }
    return min(1, 2 * sum * exp(logarithm))
  }
}
