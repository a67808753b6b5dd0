/// Loss and hits summed over images: what shards, workers and steps add up.
package struct LossSum: Hashable, Codable, Sendable {
  /// The sum of the images' losses, in nats; NaN once one of them is.
  package var loss: Double
  /// Images whose label has the largest logit.
  package var top1: Int
  /// Images whose label is among the five largest logits.
  package var top5: Int
  package var images: Int

  package init(loss: Double = 0, top1: Int = 0, top5: Int = 0, images: Int = 0) {
    self.loss = loss
    self.top1 = top1
    self.top5 = top5
    self.images = images
  }

  package static func + (left: LossSum, right: LossSum) -> LossSum {
    LossSum(
      loss: left.loss + right.loss, top1: left.top1 + right.top1, top5: left.top5 + right.top5,
      images: left.images + right.images)
  }

  package static func += (left: inout LossSum, right: LossSum) {
    left = left + right
  }

  /// The mean loss per image, in nats; NaN without images.
  package var meanLoss: Double { loss / Double(images) }

  /// The fraction of images, 0…1, whose label has the largest logit; NaN without images.
  package var top1Accuracy: Double { Double(top1) / Double(images) }

  /// The fraction of images, 0…1, whose label is among the five largest logits; NaN without images.
  package var top5Accuracy: Double { Double(top5) / Double(images) }
}
