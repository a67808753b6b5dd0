import ArgumentParser
import Tandem

/// The data set, and how much of it.
struct DataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The data set: 'shapes' or 'shapes:TRAIN,TEST' (generated), a folder with the files of MNIST, "
        + "Fashion-MNIST or CIFAR-10 (binary), or a Keras-style .npz file.", valueName: "path"),
    transform: nonEmptyPath)
  var data = "shapes"

  @Option(
    help: ArgumentHelp("Use only the first n training images.", valueName: "n"),
    transform: atLeast(1))
  var limitTrain: Int?

  @Option(
    help: ArgumentHelp("Use only the first n test images.", valueName: "n"),
    transform: atLeast(1))
  var limitTest: Int?

  func load() throws -> DatasetPair {
    try DatasetSource.load(data).limited(train: limitTrain, test: limitTest)
  }
}

/// How pixels become what the network sees.
enum NormalizationChoice: String, ExpressibleByArgument, CaseIterable {
  /// Mean 0 and standard deviation 1 per channel, measured on the training images.
  case statistics
  /// 0…1.
  case unit

  func normalization(of train: any Dataset) throws -> Normalization {
    switch self {
    case .statistics: try .statistics(of: train)
    case .unit: .unitScale(channels: train.imageShape[0])
    }
  }
}
