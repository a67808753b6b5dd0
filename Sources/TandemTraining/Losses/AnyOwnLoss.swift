/// Some loss of the program's own as a value that can be compared.
public struct AnyOwnLoss: Hashable, Sendable {
  let base: any OwnLoss

  init(_ base: any OwnLoss) {
    self.base = base
  }

  public static func == (left: AnyOwnLoss, right: AnyOwnLoss) -> Bool {
    AnyHashable(left.base) == AnyHashable(right.base)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(AnyHashable(base))
  }

  /// See `Loss.evaluate`. Where the loss leaves a gradient unwritten the sum is not finite, which
  /// ends the step before anything is updated.
  func evaluate(
    logits: UnsafePointer<Float>, labels: UnsafePointer<Int32>, images: Int, outputs: Int,
    gradient: UnsafeMutablePointer<Float>?, scale: Float
  ) -> LossSum {
    var sum = LossSum(images: images)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: outputs) { spare in
      for image in 0..<images {
        let values = UnsafeBufferPointer(start: logits + image * outputs, count: outputs)
        let label = Int(labels[image])
        let place = gradient.map {
          UnsafeMutableBufferPointer(start: $0 + image * outputs, count: outputs)
        }
        let written = place ?? spare
        written.update(repeating: .nan)
        sum.loss += base.evaluate(outputs: values, label: label, gradient: written)
        if place != nil {
          if written.contains(where: \.isNaN) { sum.loss = .nan }
          for i in written.indices { written[i] *= scale }
        }
        guard outputs > 1 else {
          let isHit = (values[0] > 0) == (label == 1)
          sum.top1 += isHit ? 1 : 0
          sum.top5 += isHit ? 1 : 0
          continue
        }
        let before = values.indices.count {
          values[$0] > values[label] || values[$0] == values[label] && $0 < label
        }
        if before < 1 { sum.top1 += 1 }
        if before < 5 { sum.top5 += 1 }
      }
    }
    return sum
  }
}
