import Foundation
import TandemNetwork

/// How far a mesh's training is from one worker's: relative differences.
package struct MeshProofRow: CustomStringConvertible {
  let name: String
  let parallelism: Parallelism
  let mesh: Mesh
  let ranks: Int
  let steps: Int
  /// Of the first step's loss.
  package let loss: Double
  /// After one step: of the parameter that differs most, the length of the difference by its
  /// length.
  package let weights: Double
  /// The same after `MeshProof.earlySteps`.
  package let earlyWeights: Double
  /// The same of one worker alone whose learning rate is the next larger number: what the smallest
  /// of all differences grows to.
  package let nudgedEarlyWeights: Double
  /// Of the loss of any step, by the first one's.
  package let curve: Double
  /// The same of the worker with the larger learning rate.
  package let nudged: Double
  /// Whether a second run had the same bits in all losses and weights.
  package let isRepeatable: Bool

  /// After one step.
  package static let tolerance = 1e-5
  /// Later on rounding errors grow, as between any two orders of addition: a maximum or a rectifier
  /// that decides otherwise changes gradients by much more than the error. So the bounds are what
  /// the smallest difference grows to, some times over, as that depends on chance. Where that is a
  /// lot, as in a training that runs away, nothing would be proved, so they have limits; momentum
  /// of 0.8 instead of 0.9 moves early weights by 0.08 and more.
  private var earlyTolerance: Double { min(max(1e-4, 10 * nudgedEarlyWeights), 0.02) }
  private var curveTolerance: Double { min(max(Self.tolerance, 5 * nudged), 0.05) }

  package init(
    name: String, parallelism: Parallelism, mesh: Mesh, ranks: Int, steps: Int,
    _ course: MeshProof.Course, expected: MeshProof.Course, nudged: MeshProof.Course,
    isRepeatable: Bool
  ) {
    self.name = name
    self.parallelism = parallelism
    self.mesh = mesh
    self.ranks = ranks
    self.steps = steps
    self.isRepeatable = isRepeatable
    // A step or a parameter that is missing is as bad as one that differs.
    func differences(_ losses: [Double]) -> [Double] {
      guard losses.count == expected.losses.count else { return [.infinity] }
      return zip(losses, expected.losses).map { abs($0 - $1) / (expected.losses.first ?? .nan) }
    }
    func largest(_ differences: [Double]) -> Double {
      differences.reduce(0) { $1.isNaN ? .infinity : max($0, $1) }
    }
    loss = differences(course.losses).first ?? .infinity
    curve = largest(differences(course.losses))
    self.nudged = largest(differences(nudged.losses))
    func distance(_ actual: [[Float]], _ expected: [[Float]]) -> Double {
      guard actual.map(\.count) == expected.map(\.count) else { return .infinity }
      return largest(zip(actual, expected).map { Self.relativeDistance($0, $1) })
    }
    weights = distance(course.weightsAfterOneStep, expected.weightsAfterOneStep)
    earlyWeights = distance(course.earlyWeights, expected.earlyWeights)
    nudgedEarlyWeights = distance(nudged.earlyWeights, expected.earlyWeights)
  }

  /// Of two vectors; 0 where both are 0.
  private static func relativeDistance(_ actual: [Float], _ expected: [Float]) -> Double {
    var (distance, length) = (0.0, 0.0)
    for (left, right) in zip(actual, expected) {
      distance += Double(left - right) * Double(left - right)
      length += Double(right) * Double(right)
    }
    return distance == 0 ? 0 : (distance / length).squareRoot()
  }

  /// What is not as it should be; nil if all is.
  package var problem: String? {
    if loss > Self.tolerance || weights > Self.tolerance {
      return "\(name): one step is not that of one worker"
    }
    if earlyWeights > earlyTolerance {
      return
        "\(name): the first \(min(steps, MeshProof.earlySteps)) steps are not those of one worker"
    }
    if curve > curveTolerance {
      return "\(name): the loss has left that of one worker within \(steps) steps"
    }
    return isRepeatable ? nil : "\(name): two runs have different bits"
  }

  package static let heading =
    "network               parallelism  devices           loss after 1  weights after 1  after 3   nudged  loss, all steps   nudged  bit-equal"

  package var description: String {
    func padded(_ text: String, to width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    func number(_ value: Double, width: Int) -> String {
      let text = String(format: "%.1e", value)
      return String(repeating: " ", count: max(0, width - text.count)) + text
    }
    let devices = "\(mesh) on \(ranks) " + (ranks == 1 ? "rank" : "ranks")
    return padded(name, to: 22) + padded(parallelism.rawValue, to: 13) + padded(devices, to: 18)
      + number(loss, width: 12) + number(weights, width: 17) + number(earlyWeights, width: 9)
      + number(nudgedEarlyWeights, width: 9)
      + number(curve, width: 12) + padded(" of \(steps)", to: 7) + number(nudged, width: 7)
      + "  "
      + (isRepeatable ? "yes" : "NO")
  }
}
