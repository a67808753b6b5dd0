/// The largest difference of two vectors, relative to 1 + |expected|.
func worstDifference(_ actual: [Double], _ expected: [Double]) -> Double {
  precondition(actual.count == expected.count)
  return zip(actual, expected).map { abs($0 - $1) / (1 + abs($1)) }
    .reduce(0) { $1.isNaN ? .infinity : max($0, $1) }
}
