/// Where in an image something speaks for a class: a number of 0 or more for each place.
package struct EvidenceMap: Hashable, Sendable {
  package let height: Int
  package let width: Int
  /// Rows from the top.
  package let values: [Float]

  package init(height: Int, width: Int, values: [Float]) {
    precondition(values.count == height * width, "\(values.count) values for \(height)×\(width)")
    self.height = height
    self.width = width
    self.values = values
  }

  package var largest: Float { values.max() ?? 0 }

  /// Whether nothing speaks for the class anywhere.
  package var isEmpty: Bool { largest <= 0 }

  /// The values divided by the largest, so that they are in 0…1; nothing stays nothing.
  /// - Parameter share: of the values that may be cut off at the top, so that a few do not make all
  ///   others dark.
  package func normalized(cuttingOff share: Double = 0) -> EvidenceMap {
    var scale = largest
    if share > 0 {
      let sorted = values.sorted()
      let place = Int((Double(sorted.count - 1) * (1 - share)).rounded())
      if sorted[place] > 0 { scale = sorted[place] }
    }
    // Of the tiniest numbers the quotient would be none.
    guard scale >= .leastNormalMagnitude else {
      return EvidenceMap(
        height: height, width: width, values: Array(repeating: 0, count: values.count))
    }
    return EvidenceMap(
      height: height, width: width, values: values.map { min(1, max(0, $0 / scale)) })
  }

  /// The map in another size, bilinear between the centres of its places, as PyTorch's
  /// `interpolate` with `align_corners=False`.
  package func resized(height newHeight: Int, width newWidth: Int) -> EvidenceMap {
    func places(_ new: Int, _ old: Int) -> [(low: Int, high: Int, share: Float)] {
      (0..<new).map { index in
        let place = max(0, (Double(index) + 0.5) * Double(old) / Double(new) - 0.5)
        let low = min(old - 1, Int(place))
        return (low, min(old - 1, low + 1), Float(place - Double(low)))
      }
    }
    let columns = places(newWidth, width)
    var result: [Float] = []
    result.reserveCapacity(newHeight * newWidth)
    for row in places(newHeight, height) {
      for column in columns {
        func across(_ row: Int) -> Float {
          let (low, high) = (values[row * width + column.low], values[row * width + column.high])
          return low + (high - low) * column.share
        }
        let (above, below) = (across(row.low), across(row.high))
        result.append(above + (below - above) * row.share)
      }
    }
    return EvidenceMap(height: newHeight, width: newWidth, values: result)
  }
}
