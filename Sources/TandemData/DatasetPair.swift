/// What a training run needs: images to learn from, and others to measure with.
public struct DatasetPair: Sendable {
  public var train: any Dataset
  public var test: any Dataset

  /// Both parts must have images of the same shape and the same classes.
  public init(train: any Dataset, test: any Dataset) {
    precondition(train.imageShape == test.imageShape && train.classNames == test.classNames)
    self.train = train
    self.test = test
  }

  /// The first images of each part; nil leaves a part whole.
  public func limited(train trainCount: Int?, test testCount: Int?) -> DatasetPair {
    DatasetPair(
      train: trainCount.map { train.prefix($0) } ?? train,
      test: testCount.map { test.prefix($0) } ?? test)
  }
}
