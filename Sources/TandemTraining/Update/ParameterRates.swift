import TandemNetwork

/// What the learning rate of each trained parameter is multiplied with, and which parameters have a
/// weight decay of their own.
///
/// It scales what a layerwise optimizer such as LARS makes of the rate, too, and the weight decay
/// of optimizers that multiply it with the rate, as PyTorch's parameter groups do.
package struct ParameterRates: Hashable, Sendable {
  /// Ranges of the arena in ascending order; none where all have the common rate.
  private let parts: [Part]

  private struct Part: Hashable {
    var range: Range<Int>
    let scale: Float
    let hasNormDecay: Bool
  }

  /// The weight decay of normalizations and biases; nil for that of all others.
  let normDecay: Double?

  /// All parameters have the schedule's rate and the optimizer's decay.
  package static let common = ParameterRates(parts: [], normDecay: nil)

  private init(parts: [Part], normDecay: Double?) {
    self.parts = parts
    self.normDecay = normDecay
  }

  /// - Parameters:
  ///   - scales: by the names of parameters; 1 for those that are missing.
  ///   - normDecay: of parameters with one axis.
  package init(_ layout: ParameterLayout, scales: [String: Float], normDecay: Double? = nil) {
    guard normDecay != nil || scales.values.contains(where: { $0 != 1 }) else {
      self = .common
      return
    }
    self.normDecay = normDecay
    let entries = Array(layout.trainedEntries)
    let ends = entries.dropFirst().map(\.offset) + [layout.trainedElementCount]
    var parts: [Part] = []
    for (entry, end) in zip(entries, ends) {
      let scale = scales[entry.name] ?? 1
      let hasNormDecay = normDecay != nil && entry.parameter.shape.rank <= 1
      if let last = parts.last, last.scale == scale, last.hasNormDecay == hasNormDecay {
        parts[parts.count - 1].range = last.range.lowerBound..<end
      } else {
        parts.append(
          Part(range: entry.offset..<end, scale: scale, hasNormDecay: hasNormDecay))
      }
    }
    self.parts = parts
  }

  /// The pieces of a range of trained elements that have one rate and one decay each, in order.
  func forEach(
    in range: Range<Int>, _ body: (Range<Int>, _ scale: Float, _ hasNormDecay: Bool) -> Void
  ) {
    if range.isEmpty { return }
    if parts.isEmpty { return body(range, 1, false) }
    // The first part that does not end before the range.
    var (low, high) = (0, parts.count)
    while low < high {
      let middle = (low + high) / 2
      if parts[middle].range.upperBound <= range.lowerBound {
        low = middle + 1
      } else {
        high = middle
      }
    }
    for part in parts[low...] where part.range.lowerBound < range.upperBound {
      body(part.range.clamped(to: range), part.scale, part.hasNormDecay)
    }
  }
}
