/// The discriminative criterion of LeNet-5 (LeCun et al. 1998, "Gradient-based learning applied to
/// document recognition", equation 9), with the paper's penalties y = -x:
///
///     y_label + log(e^-j + Σᵢ e^-yᵢ)
///
/// It is the cross-entropy of a softmax that has one more class, "rubbish", of the constant penalty
/// j: classes whose penalty is beyond j are not pushed farther away.
public struct RadialBasisLoss: Hashable, Sendable {
  /// j, above 0. The paper does not say which value was used.
  package let rubbish: Float

  package init(rubbish: Float = 10) {
    precondition(rubbish > 0, "the penalty of rubbish must be above 0")
    self.rubbish = rubbish
  }
}
