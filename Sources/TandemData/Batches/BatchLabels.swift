/// The labels of consecutive images of a batch, in memory of whoever made it.
package struct BatchLabels {
  package let own: UnsafePointer<Int32>
  /// nil where images are not mixed.
  package let second: SecondLabels?

  package init(own: UnsafePointer<Int32>, second: SecondLabels? = nil) {
    self.own = own
    self.second = second
  }

  /// Those of a batch's images from `first` on.
  package init(_ batch: Batch, from first: Int) {
    own = batch.labels + first
    second = batch.secondLabels.map {
      SecondLabels(labels: $0.labels + first, shares: $0.shares + first)
    }
  }

  /// Calls `body` with the labels of images that do not follow each other.
  package static func gathered<Result>(
    _ batch: Batch, _ images: [Int], _ body: (BatchLabels) throws -> Result
  ) rethrows -> Result {
    let own = images.map { batch.labels[$0] }
    return try own.withUnsafeBufferPointer { own in
      guard let second = batch.secondLabels else {
        return try body(BatchLabels(own: own.baseAddress.unsafelyUnwrapped))
      }
      let labels = images.map { second.labels[$0] }
      let shares = images.map { second.shares[$0] }
      return try labels.withUnsafeBufferPointer { labels in
        try shares.withUnsafeBufferPointer { shares in
          try body(
            BatchLabels(
              own: own.baseAddress.unsafelyUnwrapped,
              second: SecondLabels(
                labels: labels.baseAddress.unsafelyUnwrapped,
                shares: shares.baseAddress.unsafelyUnwrapped)))
        }
      }
    }
  }
}
