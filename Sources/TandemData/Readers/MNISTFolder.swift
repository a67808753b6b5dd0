import Foundation
import TandemTensor

/// Reads a folder with the four IDX files of MNIST, or of a data set that took over its format,
/// such as Fashion-MNIST or EMNIST: grey images and labels, plain or compressed with gzip.
///
/// The classes are those of the labels, 0 to the largest of both parts, or of a mapping file beside
/// (`IDXClassMapping`). The names of files may start with that of the data set, as EMNIST's do; a
/// folder then may hold several data sets, and which one is meant must be said.
struct MNISTFolder {
  private typealias Part = IDXFileName.Part
  private typealias Content = IDXFileName.Content

  private static let mappingEnd = "mapping.txt"

  let contents: FolderContents
  /// What the files' names start with; empty for MNIST's own names.
  let dataSet: String
  /// What the data set is called.
  let name: String

  /// The data sets whose files are in a folder, sorted by name.
  static func dataSets(in contents: FolderContents) -> [String] {
    Set(contents.names.compactMap { IDXFileName($0)?.dataSet }).sorted()
  }

  /// The data set in a folder: the one with MNIST's own names, or the only one; nil if there is
  /// none.
  /// - Throws: `DataError` if there are several.
  init?(contents: FolderContents, name: String) throws {
    let dataSets = Self.dataSets(in: contents)
    guard let first = dataSets.first else { return nil }
    guard first.isEmpty || dataSets.count == 1 else {
      throw DataError(path: contents.path, fact: .severalDataSets(names: dataSets))
    }
    self.init(contents: contents, dataSet: first, name: name)
  }

  init(contents: FolderContents, dataSet: String, name: String) {
    self.contents = contents
    self.dataSet = dataSet
    self.name = name
  }

  /// - Throws: `FileError` or `DataError`.
  func load() throws -> DatasetPair {
    let files = try [Part.train, .test].map(files)
    guard files[0].imageShape == files[1].imageShape else {
      throw DataError(
        path: contents.path,
        fact: .imageShapesDiffer(train: files[0].imageShape, test: files[1].imageShape))
    }
    let mapping = try mappingPath().map(IDXClassMapping.init)
    // The labels are there as bytes and as numbers.
    try MemoryLimits.require(
      bytes: files.reduce(0) { $0 + $1.images.elementCount + 5 * $1.labels.elementCount },
      purpose: "images of \(contents.path)")
    // Decompressing takes longer than anything else before the first step.
    let parts = try sideBySide(files) { (try $0.images.elements(), try $0.labels.elements()) }
    let labels = zip(files, parts).map { (path: $0.labels.path, elements: $1.1) }
    let classNames = try mapping.map { try self.classNames($0, labels) } ?? self.classNames(labels)
    let datasets = zip(files, parts).map { files, part in
      InMemoryDataset(
        name: name, imageShape: files.imageShape, classNames: classNames, pixels: .uint8(part.0),
        labels: part.1.map(Int32.init))
    }
    return DatasetPair(train: datasets[0], test: datasets[1])
  }

  private struct Files {
    let images: IDXFile
    let labels: IDXFile
    let imageShape: Shape
  }

  /// The two files of a part, once their headers fit each other.
  private func files(_ part: Part) throws -> Files {
    let imagesPath = try path(part, .images)
    let labelsPath = try path(part, .labels)
    let images = try IDXFile(path: imagesPath, rank: Content.images.rank)
    let labels = try IDXFile(path: labelsPath, rank: Content.labels.rank)
    let imageShape: Shape = [1, images.extents[1], images.extents[2]]
    let count = images.extents[0]
    try namingFile(imagesPath) {
      guard count > 0 else { throw DataError.Fact.noImages }
      guard imageShape.elementCount > 0 else { throw DataError.Fact.emptyImages(shape: imageShape) }
      guard labels.elementCount == count else {
        throw DataError.Fact.countsDiffer(
          images: count, labels: labels.elementCount, labelsPath: labelsPath)
      }
    }
    return Files(images: images, labels: labels, imageShape: imageShape)
  }

  private func path(_ part: Part, _ content: Content) throws -> String {
    func isSuch(_ file: IDXFileName) -> Bool { file.part == part && file.content == content }
    let candidates = contents.names
      .compactMap { name in IDXFileName(name).map { (name, $0) } }
      .filter { isSuch($1) && $1.dataSet == dataSet }
      .sorted { $0.1.order < $1.1.order }.map(\.0)
    let found = try contents.file(named: candidates) { IDXFileName($0).map(isSuch) ?? false }
    guard let found else {
      let name = IDXFileName.expected(dataSet: dataSet, part, content)
      throw DataError(path: contents.path, fact: .missingFile(names: [name, name + ".gz"]))
    }
    return found
  }
}

extension MNISTFolder {
  /// The file that says what the labels stand for, named as the others are; for MNIST's own names
  /// `mapping.txt`, or the only file whose name ends so.
  private func mappingPath() throws -> String? {
    var names = [dataSet.isEmpty ? Self.mappingEnd : "\(dataSet)-\(Self.mappingEnd)"]
    if dataSet.isEmpty {
      let others = contents.names.filter { $0.hasSuffix("-" + Self.mappingEnd) && $0.first != "." }
      if others.count == 1 { names += others }
    }
    return try contents.file(named: names)
  }

  private typealias Labels = (path: String, elements: [UInt8])

  private func classNames(_ mapping: IDXClassMapping, _ labels: [Labels]) throws -> [String] {
    for (path, elements) in labels {
      if let index = elements.firstIndex(where: { !mapping.has($0) }) {
        throw DataError(
          path: path,
          fact: .unmappedLabel(
            label: Int64(elements[index]), index: index, mappingPath: mapping.path))
      }
    }
    return mapping.classNames
  }

  /// The labels do not say how many classes there are, so one that is too large can only be told by
  /// the classes that it would leave without images. Ten are so usual that fewer of them may occur.
  private func classNames(_ labels: [Labels]) throws -> [String] {
    let occurring = Set(labels[0].elements).union(labels[1].elements)
    let largest = occurring.max() ?? 0
    if largest >= 10, occurring.count * 2 <= largest {
      for (path, elements) in labels {
        guard let index = elements.firstIndex(of: largest) else { continue }
        throw DataError(
          path: path,
          fact: .sparseLabels(largest: Int64(largest), index: index, occurring: occurring.count))
      }
    }
    return ClassNames.known(forDataSet: "\(dataSet) \(name)", count: Int(largest) + 1)
  }
}
