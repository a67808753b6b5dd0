import Foundation
import TandemData

// Several views of one picture, whose probabilities are averaged.

extension Loss.Kind {
  /// - Throws: `LossError.noProbabilities` for several views and a loss whose outputs are none, or
  ///   not all of them.
  func requireProbabilities(for views: PictureViews) throws(LossError) {
    guard let setting = views.setting else { return }
    switch self {
    case .crossEntropy, .binaryCrossEntropy: return
    case .meanSquaredError, .radialBasis, .own: throw .noProbabilities(self, setting: setting)
    }
  }

  /// Calls `body` with the logits, `[outputs]`, whose probabilities are the mean of the views'.
  ///
  /// - Parameter logits: `[views, outputs]`; of more than one view those of a loss with
  ///   probabilities.
  func withPooled<Result>(
    _ logits: UnsafeBufferPointer<Float>, views: Int,
    _ body: (UnsafePointer<Float>) -> Result
  ) -> Result {
    guard views > 1, let base = logits.baseAddress else {
      return body(logits.baseAddress.unsafelyUnwrapped)
    }
    let outputs = logits.count / views
    var sums = [Double](repeating: 0, count: outputs)
    var rests = sums
    for view in 0..<views {
      let row = UnsafeBufferPointer(start: base + view * outputs, count: outputs)
      add(row, to: &sums, rests: &rests)
    }
    // What no view holds for possible is as unlikely as a number can say.
    func logarithm(_ sum: Double) -> Double { log(max(sum, .leastNormalMagnitude)) }
    let pooled = (0..<outputs).map { output in
      self == .binaryCrossEntropy
        ? Float(logarithm(sums[output]) - logarithm(rests[output]))
        : Float(logarithm(sums[output] / Double(views)))
    }
    return pooled.withUnsafeBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
  }

  /// Adds one view's probabilities, and for outputs that stand by themselves those of their not
  /// being so.
  private func add(
    _ row: UnsafeBufferPointer<Float>, to sums: inout [Double], rests: inout [Double]
  ) {
    if self == .binaryCrossEntropy {
      for (output, logit) in row.enumerated() {
        sums[output] += 1 / (1 + exp(-Double(logit)))
        rests[output] += 1 / (1 + exp(Double(logit)))
      }
      return
    }
    let largest = row.max() ?? 0
    let powers = row.map { exp(Double($0) - Double(largest)) }
    let total = powers.reduce(0, +)
    for output in powers.indices { sums[output] += powers[output] / total }
  }
}
