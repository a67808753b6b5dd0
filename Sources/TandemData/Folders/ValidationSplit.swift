import TandemTensor

/// Splits the pictures of each class into some to learn from and some to measure with: the same
/// ones for the same seed and pictures, on every machine.
struct ValidationSplit: Hashable, Sendable {
  /// Of each class, above 0 and below 1.
  let share: Double
  let seed: UInt64

  /// Of a class with two pictures or more at least one goes to each side; a single one is learned
  /// from.
  ///
  /// - Parameter labels: of all pictures.
  /// - Returns: places of pictures, ascending.
  func places(
    _ labels: [Int], classes: Int
  ) -> (training: [Int], validation: [Int]) {
    var placesOfClasses = [[Int]](repeating: [], count: classes)
    for (place, label) in labels.enumerated() { placesOfClasses[label].append(place) }
    let random = CounterRandom(seed: seed, purpose: .splitting)
    var training: [Int] = []
    var validation: [Int] = []
    for (label, places) in placesOfClasses.enumerated() {
      let wanted = Int((Double(places.count) * share).rounded())
      let count = places.count < 2 ? 0 : min(max(1, wanted), places.count - 1)
      var numbers = random.sequence(UInt32(truncatingIfNeeded: label))
      let order = Sampler.shuffled(places.count, &numbers).map { places[Int($0)] }
      validation += order[..<count]
      training += order[count...]
    }
    return (training.sorted(), validation.sorted())
  }
}

extension PictureListing {
  /// - Throws: `PictureFolderError.emptySplit`.
  func split(_ split: ValidationSplit) throws -> (
    training: PictureListing, validation: PictureListing
  ) {
    let (training, validation) = split.places(
      records.map { Int($0.label) }, classes: classNames.count)
    guard !training.isEmpty, !validation.isEmpty else {
      throw PictureFolderError(path: root, fact: .emptySplit(images: count))
    }
    return (selecting(training), selecting(validation))
  }
}
