/// How it is found out what in an image speaks for a class.
package enum EvidenceMethod: String, CaseIterable, Sendable {
  /// A layer's channels, weighted by the mean gradient of the logit.
  case gradCAM = "grad-cam"
  /// By how much the logit falls while a square of the image is covered.
  case occlusion
  /// The gradient of the logit with respect to the pixels.
  case saliency
  /// The same, where ReLUs let only positive gradients through.
  case guided
  /// The mean of that gradient over copies of the image with noise.
  case smoothGrad = "smooth-grad"

  /// Whether a layer's maps are what is looked at.
  package var usesLayer: Bool { self == .gradCAM }

  /// Maps that are full of single bright pixels, a few of which may be cut off.
  package var cutOff: Double {
    switch self {
    case .gradCAM, .occlusion: 0
    case .saliency, .guided, .smoothGrad: 0.01
    }
  }
}
