import Foundation

extension ReferenceNetwork {
  /// The mean softmax cross-entropy of a mini-batch. With smoothing ε the target is 1 - ε + ε / K
  /// for the label and ε / K for each other class, as PyTorch defines it (Szegedy et al. 2015,
  /// https://arxiv.org/abs/1512.00567).
  /// - Parameters:
  ///   - logits: `[N, K]`
  ///   - labels: `[N]`, each in 0..<K.
  ///   - classes: K
  ///   - smoothing: ε in 0…1
  package static func softmaxCrossEntropy(
    logits: [Double], labels: [Int32], classes: Int, smoothing: Double = 0
  ) -> Double {
    precondition(logits.count == labels.count * classes, "\(logits.count) logits")
    var total = 0.0
    for (image, label) in labels.enumerated() {
      let row = Array(logits[image * classes..<(image + 1) * classes])
      let largest = row.max() ?? 0
      let logSum = largest + log(row.reduce(0) { $0 + exp($1 - largest) })
      for (index, logit) in row.enumerated() {
        let target = (index == Int(label) ? 1 - smoothing : 0) + smoothing / Double(classes)
        total -= target * (logit - logSum)
      }
    }
    return total / Double(labels.count)
  }

  /// The mean cross-entropy of the sigmoid of a single output with labels 0 and 1, as
  /// `torch.nn.BCEWithLogitsLoss`: log(1 + exp(x)) - y·x.
  /// - Parameters:
  ///   - logits: `[N]`
  ///   - labels: `[N]`, each 0 or 1.
  package static func sigmoidCrossEntropy(logits: [Double], labels: [Int32]) -> Double {
    precondition(logits.count == labels.count, "\(logits.count) logits")
    let losses = zip(logits, labels).map { logit, label in
      max(logit, 0) - logit * Double(label) + log1p(exp(-abs(logit)))
    }
    return losses.reduce(0, +) / Double(labels.count)
  }
}
