import TandemTensor

/// Splits the images of each class into some to learn from and some to measure with: the same ones
/// for the same seed and labels, on every machine.
struct ValidationSplit: Hashable, Sendable {
  /// The share of each class that is measured with, above 0 and below 1.
  let share: Double
  let seed: UInt64

  /// The split itself: at least one image of each class goes to each side.
  ///
  /// - Parameter labels: of all images.
  /// - Returns: places of images, ascending.
  /// - Throws: `DataError.Fact.classCannotBeSplit` for a class of a single image,
  ///   `DataError.Fact.noImages` where there are none at all.
  func places(
    _ labels: [Int], classNames: [String]
  ) throws -> (training: [Int], validation: [Int]) {
    var placesOfClasses = [[Int]](repeating: [], count: classNames.count)
    for (place, label) in labels.enumerated() { placesOfClasses[label].append(place) }
    let random = CounterRandom(seed: seed, purpose: .splitting)
    var training: [Int] = []
    var validation: [Int] = []
    for (label, places) in placesOfClasses.enumerated() where !places.isEmpty {
      if places.count == 1 { throw DataError.Fact.classCannotBeSplit(name: classNames[label]) }
      let wanted = Int((Double(places.count) * share).rounded())
      let count = min(max(1, wanted), places.count - 1)
      var numbers = random.sequence(UInt32(truncatingIfNeeded: label))
      let order = Sampler.shuffled(places.count, &numbers).map { places[Int($0)] }
      validation += order[..<count]
      training += order[count...]
    }
    if training.isEmpty { throw DataError.Fact.noImages }
    return (training.sorted(), validation.sorted())
  }
}

extension PictureListing {
  /// - Throws: `DataError`.
  func split(_ split: ValidationSplit) throws -> (
    training: PictureListing, validation: PictureListing
  ) {
    let (training, validation) = try namingFile(root) {
      try split.places(records.map { Int($0.label) }, classNames: classNames)
    }
    return (selecting(training), selecting(validation))
  }
}
