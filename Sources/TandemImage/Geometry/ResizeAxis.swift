import CKernels

/// Which pixels each new pixel is a weighted mean of, along one axis; the numbers of Pillow's
/// Resample.c (`precompute_coeffs` and `normalize_coeffs_8bpc`).
struct ResizeAxis {
  let mostWeights: Int
  private(set) var starts: [Int32] = []
  private(set) var counts: [Int32] = []
  /// Multiples of 2^-22, `mostWeights` for each new pixel.
  private(set) var weights: [Int32] = []

  /// The pixels `kept` of the new ones, in that order or, where it is mirrored, backwards.
  init(
    from oldCount: Int, to newCount: Int, filter: ResizeFilter, keeping kept: Range<Int>,
    isMirrored: Bool = false
  ) {
    self.init(
      from: 0..<Double(oldCount), within: oldCount, to: newCount, filter: filter, keeping: kept,
      isMirrored: isMirrored)
  }

  /// - Parameters:
  ///   - span: what the new pixels cover of the old ones, in parts of them too.
  ///   - oldCount: the old pixels that there are.
  init(
    from span: Range<Double>, within oldCount: Int, to newCount: Int, filter: ResizeFilter,
    keeping kept: Range<Int>, isMirrored: Bool = false
  ) {
    // Pixels are counted from the span's first one, so that a span of whole pixels gives the
    // numbers of a picture of just these.
    let first = Int(span.lowerBound)
    let oldCount = min(oldCount, Int(span.upperBound.rounded(.up))) - first
    let offset = span.lowerBound - Double(first)
    let scale = (span.upperBound - span.lowerBound) / Double(newCount)
    // Where pixels are added, the filter is as wide as an old pixel, otherwise as a new one.
    let filterScale = max(scale, 1)
    let support = filter.support * filterScale
    mostWeights = Int(support.rounded(.up)) * 2 + 1
    let one = Double(1 << tandem_resize_weight_bits)
    var row = [Double](repeating: 0, count: mostWeights)
    starts.reserveCapacity(kept.count)
    counts.reserveCapacity(kept.count)
    weights.reserveCapacity(kept.count * mostWeights)
    for position in kept {
      let position = isMirrored ? kept.upperBound - 1 - (position - kept.lowerBound) : position
      let centre = offset + (Double(position) + 0.5) * scale
      let start = max(Int(centre - support + 0.5), 0)
      let end = min(Int(centre + support + 0.5), oldCount)
      var sum = 0.0
      for i in 0..<end - start {
        row[i] = filter.weight((Double(i + start) - centre + 0.5) * (1 / filterScale))
        sum += row[i]
      }
      starts.append(Int32(first + start))
      counts.append(Int32(end - start))
      for i in 0..<mostWeights {
        guard i < end - start else {
          weights.append(0)
          continue
        }
        let weight = (sum == 0 ? row[i] : row[i] / sum) * one
        weights.append(Int32(weight + (weight < 0 ? -0.5 : 0.5)))
      }
    }
  }

  /// The old pixels that any of the new ones needs.
  var needed: Range<Int> {
    let first = starts.min() ?? 0
    let end = zip(starts, counts).map { $0 + $1 }.max() ?? 0
    return Int(first)..<Int(end)
  }

  /// Calls `body` with these numbers for C, where old pixels are counted from `first`.
  func withC<Result>(
    countedFrom first: Int, _ body: (UnsafePointer<tandem_resize_axis>) -> Result
  ) -> Result {
    starts.map { $0 - Int32(first) }.withUnsafeBufferPointer { starts in
      counts.withUnsafeBufferPointer { counts in
        weights.withUnsafeBufferPointer { weights in
          var axis = tandem_resize_axis(
            count: starts.count, most_weights: mostWeights, starts: starts.baseAddress,
            counts: counts.baseAddress, weights: weights.baseAddress)
          return body(&axis)
        }
      }
    }
  }
}

extension ResizeFilter {
  /// How far the filter reaches to each side, in pixels.
  fileprivate var support: Double {
    switch self {
    case .nearest, .box: 0.5
    case .bilinear: 1
    case .bicubic: 2
    }
  }

  fileprivate func weight(_ x: Double) -> Double {
    switch self {
    case .nearest, .box: return x > -0.5 && x <= 0.5 ? 1 : 0
    case .bilinear: return max(1 - abs(x), 0)
    case .bicubic:
      let x = abs(x)
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
      return 0
    }
  }
}
