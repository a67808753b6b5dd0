/// What an output should be: some or all of its values, in double precision.
struct Expected {
  /// Places in plain order, and the values there.
  let values: [(place: Int, value: Double)]

  /// All values.
  init(_ values: [Double]) {
    self.values = Array(values.enumerated().map { ($0.offset, $0.element) })
  }

  /// Computes as many values as reasonable time allows, spread over all.
  /// - Parameters:
  ///   - count: of all values.
  ///   - terms: how many products each of them is the sum of.
  init(count: Int, terms: Int, value: (_ place: Int) -> Double) {
    let affordable = max(Self.leastValues, Self.mostProducts / max(1, terms))
    if count <= affordable {
      values = (0..<count).map { ($0, value($0)) }
    } else {
      // A golden section of the way to the next one: evenly spread, and at each end of each axis
      // sometimes.
      values = (0..<affordable).map { index in
        let place = Int(Double(count) * (Double(index) * 0.618_033_988_749_895).fraction)
        return (place, value(place))
      }
    }
  }

  /// A millisecond's worth of work.
  private static let mostProducts = 500_000
  private static let leastValues = 48

  /// What is wrong with a tensor: values that differ by more than rounding explains, or elements
  /// outside of it that were written. nil if nothing is, or if oneDNN keeps the format to itself.
  func difference(from tensor: CheckedTensor) -> String? {
    guard let found = tensor.read() else { return nil }
    let scale = values.reduce(0) { max($0, abs($1.value)) }
    let tolerance = scale * (tensor.descriptor.elementType == .float32 ? 1e-4 : 1e-2)
    let wrong = values.count { !(abs(Double(found[$0.place]) - $0.value) <= tolerance) }
    let stray = tensor.strayElements()
    if wrong == 0, stray == 0 { return nil }
    return "\(wrong) of \(values.count) values wrong"
      + (stray == 0 ? "" : ", \(stray) written outside")
  }
}

extension Double {
  fileprivate var fraction: Double { self - rounded(.down) }
}
