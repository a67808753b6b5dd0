import TandemNetwork

extension ParameterLayout {
  /// The elements of each parameter together with the gap that follows it, in arena order.
  package var paddedElementCounts: [Int] {
    let starts = entries.map(\.offset) + [elementCount]
    return zip(starts, starts.dropFirst()).map { $1 - $0 }
  }
}
