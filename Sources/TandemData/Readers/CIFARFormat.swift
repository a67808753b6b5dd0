/// How CIFAR-10 and CIFAR-100 differ in their binary versions.
struct CIFARFormat {
  /// One of the labels of an image.
  struct Labels {
    /// Its byte in a record.
    let place: Int
    let classes: Int
    /// The file with the names of the classes, one in each line.
    let namesName: String
    /// What they are called where that file is missing.
    let defaultNames: [String]
  }

  let testName: String
  let labelBytes: Int
  let fine: Labels
  /// Classes of classes; nil where there are none.
  let coarse: Labels?
  /// Whether the training images are in files with numbers, as many as there are.
  private let isNumbered: Bool

  /// `data_batch_1.bin`, `data_batch_2.bin` and so on, and `test_batch.bin`; `batches.meta.txt`.
  static let cifar10 = CIFARFormat(
    testName: "test_batch.bin", labelBytes: 1,
    fine: Labels(
      place: 0, classes: 10, namesName: "batches.meta.txt", defaultNames: ClassNames.cifar10),
    coarse: nil, isNumbered: true)

  /// `train.bin` and `test.bin`, a coarse label and a fine one; `coarse_label_names.txt`,
  /// `fine_label_names.txt`.
  static let cifar100 = CIFARFormat(
    testName: "test.bin", labelBytes: 2,
    fine: Labels(
      place: 1, classes: 100, namesName: "fine_label_names.txt",
      defaultNames: (0..<100).map(String.init)),
    coarse: Labels(
      place: 0, classes: 20, namesName: "coarse_label_names.txt",
      defaultNames: (0..<20).map(String.init)),
    isNumbered: false)

  static let all = [cifar10, cifar100]

  var firstTrainingName: String { isNumbered ? "data_batch_1.bin" : "train.bin" }

  /// The files with training images, in their order.
  func trainingFiles(among names: Set<String>) -> [String] {
    guard isNumbered else { return names.contains(firstTrainingName) ? [firstTrainingName] : [] }
    return names.compactMap { name in Self.number(name).map { ($0, name) } }.sorted { $0 < $1 }
      .map(\.1)
  }

  /// Whether one of the files with images is among `names`; of names that others use too, both.
  func isRecognised(among names: Set<String>) -> Bool {
    let hasTraining = !trainingFiles(among: names).isEmpty
    let hasTest = names.contains(testName)
    return isNumbered ? hasTraining || hasTest : hasTraining && hasTest
  }

  /// The number in `data_batch_NUMBER.bin`.
  private static func number(_ name: String) -> Int? {
    guard name.hasPrefix("data_batch_"), name.hasSuffix(".bin") else { return nil }
    return Int(name.dropFirst("data_batch_".count).dropLast(".bin".count))
  }
}
