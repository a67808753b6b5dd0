import TandemImage
import TandemTensor

/// The listed pictures of a data set, some to learn from and some to measure with, before it is
/// known what images are made of them.
public struct PictureParts: Sendable {
  public let name: String
  public let training: PictureListing
  public let measured: PictureListing
  /// What was found, before anything was split.
  let listed: [PictureListing]
  /// What the user should know, each in one line.
  public let notes: [String]
  /// Where the pictures to measure with are from: `test`, `validation`, `split off`, `all`.
  let measuredPart: String
  /// The same as what a training is measured with.
  var part: MeasuredPart {
    ["validation", Self.splitOff].contains(measuredPart) ? .validation : .test
  }
  static let splitOff = "split off"
  let options: PictureOptions
  /// Digests of the files' bytes, where they were verified.
  let contents: (training: UInt64?, measured: UInt64?)

  /// Pictures whose sides are all shorter are taken as they are.
  private static let longestThumbnailSide = 96

  /// The height and width that all pictures have in common, if they are as small as images of data
  /// sets of arrays are; nil for others, which are brought to the size that a network was made for.
  public var thumbnailSize: (height: Int, width: Int)? {
    guard let first = training.records.first(where: { $0.state != .broken }),
      first.width <= Self.longestThumbnailSide, first.height <= Self.longestThumbnailSide,
      training.records.allSatisfy({ $0.width == first.width && $0.height == first.height })
    else { return nil }
    return (Int(first.height), Int(first.width))
  }

  /// Whether all pictures are grey.
  public var areGrey: Bool { training.records.allSatisfy { $0.channels == 1 } }

  /// What was found, in one line: `2 classes (cats, dogs): 400 pictures for training, 200 in test;
  /// 3 left out: …`.
  public var summary: String {
    let names = training.classNames
    let shown = names.prefix(6).joined(separator: ", ") + (names.count > 6 ? ", …" : "")
    var leftOut = LeftOut()
    for listing in listed { leftOut.add(listing.leftOut) }
    let counts =
      switch (measuredPart, listed.count) {
      case ("all", _): "\(measured.count) pictures"
      // Those for training were not looked at.
      case (_, 1) where measuredPart != Self.splitOff:
        "\(measured.count) pictures to measure with (\(measuredPart))"
      default:
        "\(training.count) pictures for training, \(measured.count) to measure with (\(measuredPart))"
      }
    let sorry = leftOut.text
    return "\(name): \(names.count) \(names.count == 1 ? "class" : "classes") (\(shown)), \(counts)"
      + (sorry.isEmpty ? "" : "; \(sorry)")
  }

  /// The same pictures with other labels.
  /// - Parameter names: the classes in the order of their labels.
  /// - Throws: `PictureFolderError.unknownClass`.
  func withClasses(_ names: [String]) throws -> PictureParts {
    PictureParts(
      name: name, training: try training.withClasses(names, part: name),
      measured: try measured.withClasses(names, part: name), listed: listed, notes: notes,
      measuredPart: measuredPart, options: options, contents: contents)
  }

  /// The data sets of images that a recipe makes of the pictures.
  ///
  /// - Parameter seed: decides which parts are cut out at random.
  /// - Throws: `PictureFolderError.cropLargerThanPicture`, `FileError`, `MemoryError`.
  public func datasets(_ recipe: PictureRecipe, seed: UInt64 = 0) throws -> DatasetPair {
    func dataset(_ listing: PictureListing, _ contents: UInt64?) throws -> PictureDataset {
      try PictureDataset(
        name: name, listing: listing, recipe: recipe, seed: seed, options: options,
        verifiedContents: contents)
    }
    return DatasetPair(
      train: try dataset(training, contents.training),
      test: try dataset(measured, contents.measured), measuredPart: part)
  }
}
