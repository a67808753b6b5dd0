import TandemTensor

/// The order in which the images of a data set are visited in each epoch: a pure function of
/// (seed, epoch), so every rank and every resumed run sees the same one.
package struct Sampler: Hashable, Sendable {
  package let count: Int
  package let seed: UInt64
  package let shuffle: Bool
  /// The images of each class that has any, where classes are drawn alike; empty where each image
  /// occurs once.
  private let classes: [[Int32]]

  /// - Parameters:
  ///   - count: the number of images, at most `Int32.max`.
  ///   - shuffle: false visits the images in the order of the data set, in every epoch.
  package init(count: Int, seed: UInt64, shuffle: Bool = true) {
    precondition(count >= 0 && count <= Int(Int32.max), "\(count) images")
    self.count = count
    self.seed = seed
    self.shuffle = shuffle
    classes = []
  }

  /// Draws classes alike, as `Sampling.balanced` says.
  package init(balancing dataset: any Dataset, seed: UInt64) {
    precondition(dataset.count <= Int(Int32.max), "\(dataset.count) images")
    count = dataset.count
    self.seed = seed
    shuffle = true
    var classes = [[Int32]](repeating: [], count: dataset.classNames.count)
    for index in 0..<count { classes[Int(dataset.label(index))].append(Int32(index)) }
    self.classes = classes.filter { !$0.isEmpty }
  }

  /// The images' indices in the order of the epoch; each occurs once, unless classes are drawn
  /// alike.
  ///
  /// Fisher and Yates' shuffle in Durstenfeld's form (CACM 7, 1964, algorithm 235), from the last
  /// position down. The generator's own arithmetic, and not the standard library's `shuffled`,
  /// because the order must be the same with every version of Swift.
  package func order(epoch: Int) -> [Int32] {
    guard shuffle else { return (0..<Int32(count)).map { $0 } }
    var random = CounterRandom(seed: seed, purpose: .shuffling)
      .sequence(UInt32(truncatingIfNeeded: epoch))
    if !classes.isEmpty {
      return (0..<count).map { _ in
        let images = classes[Int(Self.uniform(below: UInt32(classes.count), &random))]
        return images[Int(Self.uniform(below: UInt32(images.count), &random))]
      }
    }
    return Self.shuffled(count, &random)
  }

  /// The numbers below `count` in a random order.
  static func shuffled(_ count: Int, _ random: inout CounterRandom.Sequence) -> [Int32] {
    var order = (0..<Int32(count)).map { $0 }
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, Int(uniform(below: UInt32(last) + 1, &random)))
    }
    return order
  }

  /// Uniform in `0..<bound` without the bias of a remainder (Lemire, "Fast random integer
  /// generation in an interval", 2019, https://doi.org/10.1145/3230636).
  static func uniform(
    below bound: UInt32, _ random: inout CounterRandom.Sequence
  ) -> UInt32 {
    var product = random.nextWord().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold {
        product = random.nextWord().multipliedFullWidth(by: bound)
      }
    }
    return product.high
  }
}
