import ArgumentParser
import Logging
import Tandem

/// The data set, and how much of it.
struct DataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The data set: 'shapes' or 'shapes:TRAIN,TEST' (generated), a folder with the files of MNIST, "
        + "Fashion-MNIST, EMNIST or CIFAR-10 (binary), or a Keras-style .npz file. (default: shapes)",
      valueName: "path"),
    transform: nonEmptyPath)
  var data: String?

  @Option(
    help: ArgumentHelp("Use only the first n training images.", valueName: "n"),
    transform: atLeast(1))
  var limitTrain: Int?

  @Option(
    help: ArgumentHelp("Use only the first n test images.", valueName: "n"),
    transform: atLeast(1))
  var limitTest: Int?

  /// The data set as the user wrote it.
  var source: String { data ?? "shapes" }

  /// Says that it is not the user's own data that is used, where none is named.
  /// - Parameter use: what is done with it, as in "training on".
  func noteDefault(_ use: String, in job: Job) {
    guard data == nil, job.rank == 0 else { return }
    Logger(label: "tandem.tool").notice("no --data given: \(use) the built-in shapes")
  }

  func load() throws -> DatasetPair {
    try DatasetSource.load(source).limited(train: limitTrain, test: limitTest)
  }
}
