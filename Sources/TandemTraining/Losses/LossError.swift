/// Why a loss cannot be made.
package enum LossError: Error, Hashable, CustomStringConvertible {
  case labelSmoothing(Float)
  case noLabelSmoothing(Loss.Kind)
  case own
  /// Several views of a picture, which a setting asks for, are averaged by their probabilities.
  case noProbabilities(Loss.Kind, setting: String)

  package var description: String {
    switch self {
    case .labelSmoothing(let value):
      "`labelSmoothing` \(value) is out of range: it must be from 0 to 1"
    case .own:
      "the loss is one that the training program brought along, which is not known here; choose a built-in "
        + "one: \(Loss.Kind.allCases.map(\.rawValue).joined(separator: ", "))"
    case .noProbabilities(let kind, let setting):
      "`\(setting)` averages probabilities, which the outputs of a network "
        + "for `loss` \(kind.rawValue) are not; leave it out"
    case .noLabelSmoothing(let kind):
      "`labelSmoothing` belongs to the cross-entropy; leave it out for `loss` \(kind.rawValue)"
    }
  }
}
