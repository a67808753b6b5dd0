/// What a training run needs: images to learn from, and others to measure with.
public struct DatasetPair: Sendable {
  public var train: any Dataset
  /// What is measured with after each epoch; `measuredPart` says what it is.
  public var test: any Dataset
  public let measuredPart: MeasuredPart

  /// Both parts must have images of the same shape and the same classes.
  public init(train: any Dataset, test: any Dataset, measuredPart: MeasuredPart = .test) {
    precondition(train.imageShape == test.imageShape && train.classNames == test.classNames)
    self.train = train
    self.test = test
    self.measuredPart = measuredPart
  }

  /// The first images of each part; nil leaves a part whole.
  public func limited(train trainCount: Int?, test testCount: Int?) -> DatasetPair {
    DatasetPair(
      train: trainCount.map { train.prefix($0) } ?? train,
      test: testCount.map { test.prefix($0) } ?? test, measuredPart: measuredPart)
  }

  /// The training images split into some to learn from and, in the place of the test images, some
  /// to measure with while training: a share of each class, the same images for the same seed on
  /// every machine.
  ///
  /// - Parameters:
  ///   - share: of each class that is split off, above 0 and below 1.
  ///   - seed: decides which images.
  /// - Throws: an error with a message of one line if a class has one image only, or none are left.
  public func splittingValidation(share: Double, seed: UInt64 = 0) throws -> DatasetPair {
    precondition(share > 0 && share < 1, "a share of \(share)")
    let split = try namingFile(train.name) {
      try ValidationSplit(share: share, seed: seed).places(
        (0..<train.count).map { Int(train.label($0)) }, classNames: train.classNames)
    }
    return DatasetPair(
      train: train.selecting(split.training), test: train.selecting(split.validation),
      measuredPart: .validation)
  }
}
