/// Why no learning rate can be named.
enum LRFindError: Error, CustomStringConvertible {
  /// The loss ran away at once; the first rate.
  case noCurve(Double)
  /// The first and the last rate.
  case noFall(Double, Double)

  var description: String {
    switch self {
    case .noCurve(let first):
      "the loss ran away in the first steps, at rates of \(significant(first)); begin with a lower --lr-from"
    case .noFall(let first, let last):
      "the loss did not fall at any rate from \(significant(first)) to \(significant(last)), so none is named; "
        + "check the data and --normalize, use a larger --batch-size or more --lr-steps"
    }
  }
}
