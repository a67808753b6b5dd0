import CKernels
import Foundation
import TandemImage
import TandemTensor

/// A data set whose images are made of pictures in files when they are needed: read, decoded,
/// resized, and a part of them cut out.
public struct PictureDataset: Dataset {
  public let name: String
  public let imageShape: Shape
  public let recipe: PictureRecipe
  public private(set) var listing: PictureListing
  public var classNames: [String] { listing.classNames }
  public var count: Int { listing.count }
  public var pictureRecipe: PictureRecipe? { recipe }
  public var pictures: PictureDataset? { self }
  public let takesComputing = true
  /// Decides which parts are cut out.
  let seed: UInt64
  /// A digest of the pictures' contents, where all ranks are to compare them.
  let verifiedContents: UInt64?
  private let files: PictureFiles
  private let store: PictureStore?
  /// Where caches are; nil for nowhere.
  let cacheFolder: String?
  /// The pictures' places in the store; nil where they are those in the listing.
  private var places: [Int32]?

  /// - Throws: `PictureFolderError.cropLargerThanPicture`; `FileError`, `MemoryError` for the
  ///   cache.
  init(
    name: String, listing: PictureListing, recipe: PictureRecipe, seed: UInt64,
    options: PictureOptions, verifiedContents: UInt64?
  ) throws {
    guard recipe.isPossible else {
      guard case .shorterSide(let side) = recipe.resize else { preconditionFailure() }
      throw PictureFolderError(
        path: listing.root,
        fact: .cropLargerThanPicture(
          crop: [recipe.imageShape[1], recipe.imageShape[2]], resized: [side, side]))
    }
    self.name = name
    self.listing = listing
    self.recipe = recipe
    self.seed = seed
    self.verifiedContents = verifiedContents
    cacheFolder = options.cacheFolder ?? CacheFolder.standard
    imageShape = recipe.imageShape
    files = PictureFiles(root: listing.root)
    store = try Self.store(listing, recipe, options.cache, folder: cacheFolder)
  }

  private static func store(
    _ listing: PictureListing, _ recipe: PictureRecipe, _ cache: PictureCache, folder: String?
  ) throws -> PictureStore? {
    if cache == .none { return nil }
    let byteCounts = listing.records.map { record in
      recipe.resized(PictureSize(width: Int(record.width), height: Int(record.height))).pixelCount
        * recipe.imageShape[0]
    }
    guard cache == .disk else { return try PictureStore(byteCounts: byteCounts, path: nil) }
    var digest = ContentDigest()
    digest.add([listing.digest])
    digest.add(byteCounts)
    digest.add(listing.records.map(\.place))
    guard let folder else {
      throw FileError.cannotWrite(path: "$HOME/.cache", code: ENOENT)
    }
    return try PictureStore(
      byteCounts: byteCounts, path: "\(folder)/pictures/\(digest.text).samples")
  }

  /// Bytes that all resized pictures take together, as a cache keeps them.
  public static func cacheBytes(_ listing: PictureListing, _ recipe: PictureRecipe) -> Int {
    listing.records.reduce(0) { sum, record in
      sum + recipe.resized(PictureSize(width: Int(record.width), height: Int(record.height)))
        .pixelCount
        * recipe.imageShape[0]
    }
  }

  public func label(_ index: Int) -> Int32 { listing.records[index].label }

  public func prefix(_ maximumCount: Int) -> PictureDataset {
    let chosen = listing.prefixPlaces(maximumCount)
    return chosen.count < count ? selecting(chosen) : self
  }

  /// Some of the pictures, which keep their places for all that depends on them.
  /// - Parameter chosen: their places in this data set.
  func selecting(_ chosen: [Int]) -> PictureDataset {
    var part = self
    part.listing = listing.selecting(chosen)
    part.places = chosen.map { places?[$0] ?? Int32($0) }
    return part
  }

  public func copyImage(
    _ index: Int, normalization: Normalization, into destination: UnsafeMutablePointer<Float>
  ) throws {
    try copy(index, recipe.center(of: resizedSize(index)), normalization, into: destination)
  }

  public func copyImage(
    _ index: Int, epoch: Int, normalization: Normalization,
    into destination: UnsafeMutablePointer<Float>
  ) throws {
    let part = recipe.part(
      of: resizedSize(index), seed: seed, epoch: epoch, sample: place(index))
    try copy(index, part, normalization, into: destination)
  }

  private func copy(
    _ index: Int, _ part: PixelRectangle, _ normalization: Normalization,
    into destination: UnsafeMutablePointer<Float>
  ) throws {
    precondition(normalization.mean.count == imageShape[0], "one mean for each channel")
    try withSamples(index, part) { samples, rowBytes in
      tandem_normalize_interleaved(
        destination, samples, rowBytes, part.width, part.height, imageShape[0],
        normalization.mean, normalization.standardDeviation)
    }
  }

  /// The picture's place in the store and in the data set that this one is the beginning of.
  private func place(_ index: Int) -> Int { places.map { Int($0[index]) } ?? index }

  /// The picture's own size.
  func size(_ index: Int) -> PictureSize {
    let record = listing.records[index]
    return PictureSize(width: Int(record.width), height: Int(record.height))
  }

  /// The picture's size after resizing.
  func resizedSize(_ index: Int) -> PictureSize { recipe.resized(size(index)) }

  /// Calls `body` with the samples of a part of the resized picture, and the bytes from one row to
  /// the next.
  func withSamples(
    _ index: Int, _ part: PixelRectangle,
    _ body: (_ samples: UnsafePointer<UInt8>, _ rowBytes: Int) throws -> Void
  ) throws {
    let target = resizedSize(index)
    let channels = imageShape[0]
    guard let store else {
      let picture = try decoded(index, target: target)
        .resized(to: target, filter: .bilinear, keeping: part)
      return try picture.samples.withUnsafeBufferPointer {
        try body($0.baseAddress.unsafelyUnwrapped, part.width * channels)
      }
    }
    try store.withSamples(place(index)) {
      try decoded(index, target: target).resized(to: target, filter: .bilinear)
    } do: { samples in
      try body(samples + (part.y * target.width + part.x) * channels, target.width * channels)
    }
  }

  /// Whether resized pictures are kept, and not the ones that they were made of.
  var keepsResized: Bool { store != nil }

  /// Reads and decodes a picture, as large as it has to be to be resized to `target`.
  func decoded(_ index: Int, target: PictureSize) throws -> Picture {
    let contents = try files.read(index, of: listing)
    guard contents.byteCount == Int(listing.records[index].byteCount) else {
      throw PictureFolderError(path: listing.root, fact: .changed(picture: listing.name(index)))
    }
    do {
      return try recipe.decoded(contents.bytes, target: target)
    } catch {
      throw PictureFolderError(
        path: listing.root, fact: .unreadable(picture: listing.name(index), problem: "\(error)"))
    }
  }

  /// A digest of what all ranks see without reading any picture: names, sizes, labels, and how
  /// pictures become images.
  public func fingerprint() -> DatasetFingerprint {
    var contents = ContentDigest()
    contents.add([listing.digest])
    contents.add("\(recipe)")
    return DatasetFingerprint(
      images: count, imageShape: imageShape, classNames: classNames, contents: contents.value,
      verified: verifiedContents)
  }
}
