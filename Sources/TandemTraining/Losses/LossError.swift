/// Why a loss cannot be made.
package enum LossError: Error, Hashable, CustomStringConvertible {
  case labelSmoothing(Float)
  case noLabelSmoothing(Loss.Kind)
  case own

  package var description: String {
    switch self {
    case .labelSmoothing(let value):
      "`labelSmoothing` \(value) is out of range: it must be from 0 to 1"
    case .own:
      "the loss is one that the training program brought along, which is not known here; choose a built-in "
        + "one: \(Loss.Kind.allCases.map(\.rawValue).joined(separator: ", "))"
    case .noLabelSmoothing(let kind):
      "`labelSmoothing` belongs to the cross-entropy; leave it out for `loss` \(kind.rawValue)"
    }
  }
}
