import CKernels

/// What is beside a picture that was moved, by Keras' names and with scipy's meaning.
public enum AugmentationFill: String, Codable, CaseIterable, Sendable {
  /// The nearest pixel of the edge.
  case nearest
  /// One value.
  case constant
  /// The picture mirrored at its edge.
  case reflect
  /// The picture again, its last pixel on top of the first.
  case wrap

  var kernel: tandem_warp_fill {
    switch self {
    case .nearest: tandem_warp_nearest
    case .constant: tandem_warp_constant
    case .reflect: tandem_warp_reflect
    case .wrap: tandem_warp_wrap
    }
  }
}
