import Foundation
import TandemTensor

/// Reads a folder with the four files of MNIST, or of a data set that took over its format, such as
/// Fashion-MNIST: grey images and labels 0 to 9, as IDX files, plain or compressed with gzip.
enum MNISTFolder {
  private static let classes = 10

  /// Whether one of the four files is among `names`.
  static func isRecognised(among names: Set<String>) -> Bool {
    ["train", "t10k"].contains { part in
      !names.isDisjoint(with: imageNames(part) + labelNames(part))
    }
  }

  /// - Throws: `FileError` or `DataError`.
  static func load(_ folder: String, names: Set<String>, name: String) throws -> DatasetPair {
    // Decompressing takes longer than anything else before the first step.
    let parts = try sideBySide(["train", "t10k"]) {
      try part($0, folder, names: names, name: name)
    }
    let (train, test) = (parts[0], parts[1])
    guard train.imageShape == test.imageShape else {
      throw DataError(
        path: folder,
        fact: .imageShapesDiffer(train: train.imageShape, test: test.imageShape))
    }
    return DatasetPair(train: train, test: test)
  }

  private static func part(
    _ part: String, _ folder: String, names: Set<String>, name: String
  ) throws -> InMemoryDataset {
    let imagesPath = try path(of: imageNames(part), folder, names: names)
    let labelsPath = try path(of: labelNames(part), folder, names: names)
    let images = try IDXFile(contentsOf: imagesPath, rank: 3)
    let labels = try IDXFile(contentsOf: labelsPath, rank: 1)
    let imageShape: Shape = [1, images.extents[1], images.extents[2]]
    let count = images.extents[0]
    try namingFile(imagesPath) {
      guard count > 0 else { throw DataError.Fact.noImages }
      guard imageShape.elementCount > 0 else { throw DataError.Fact.emptyImages(shape: imageShape) }
      guard labels.elements.count == count else {
        throw DataError.Fact.countsDiffer(
          images: count, labels: labels.elements.count, labelsPath: labelsPath)
      }
    }
    try namingFile(labelsPath) {
      if let index = labels.elements.firstIndex(where: { $0 >= classes }) {
        throw DataError.Fact.labelOutOfRange(
          label: Int64(labels.elements[index]), index: index, classes: classes)
      }
    }
    return InMemoryDataset(
      name: name, imageShape: imageShape,
      classNames: ClassNames.known(forDataSet: name, count: classes),
      pixels: .uint8(images.elements), labels: labels.elements.map(Int32.init))
  }

  /// The names in use, uncompressed first: the original ones, and those that some unpacking tools
  /// and mirrors make of them.
  private static func imageNames(_ part: String) -> [String] {
    names("\(part)-images", "idx3-ubyte")
  }

  private static func labelNames(_ part: String) -> [String] {
    names("\(part)-labels", "idx1-ubyte")
  }

  private static func names(_ stem: String, _ suffix: String) -> [String] {
    ["", ".gz"].flatMap { ["\(stem)-\(suffix)\($0)", "\(stem).\(suffix)\($0)"] }
  }

  private static func path(
    of candidates: [String], _ folder: String, names: Set<String>
  ) throws -> String {
    guard let found = candidates.first(where: names.contains) else {
      throw DataError(
        path: folder, fact: .missingFile(names: [candidates[0], candidates[0] + ".gz"]))
    }
    return folder + "/" + found
  }
}
