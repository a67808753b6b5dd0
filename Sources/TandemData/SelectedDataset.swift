import TandemTensor

/// Some images of another data set, in the order in which they were selected. It shares the other
/// one's memory and files.
struct SelectedDataset: Dataset {
  private let base: any Dataset
  /// The images' places in the other data set.
  private var places: [Int32]

  /// - Parameter places: each in `0..<base.count`.
  init(_ base: any Dataset, places: [Int]) {
    precondition(places.allSatisfy { (0..<base.count).contains($0) }, "a place without an image")
    self.base = base
    self.places = places.map { Int32($0) }
  }

  var name: String { base.name }
  var count: Int { places.count }
  var imageShape: Shape { base.imageShape }
  var classNames: [String] { base.classNames }
  var isInMemory: Bool { base.isInMemory }
  var takesComputing: Bool { base.takesComputing }
  var mixesLabels: Bool { base.mixesLabels }

  func copyImage(
    _ index: Int, normalization: Normalization, into destination: UnsafeMutablePointer<Float>
  ) throws {
    try base.copyImage(Int(places[index]), normalization: normalization, into: destination)
  }

  func copyImage(
    _ index: Int, epoch: Int, normalization: Normalization,
    into destination: UnsafeMutablePointer<Float>
  ) throws {
    try base.copyImage(
      Int(places[index]), epoch: epoch, normalization: normalization, into: destination)
  }

  func secondLabel(_ index: Int, epoch: Int) -> SecondLabel {
    base.secondLabel(Int(places[index]), epoch: epoch)
  }

  func label(_ index: Int) -> Int32 { base.label(Int(places[index])) }

  func prefix(_ maximumCount: Int) -> SelectedDataset {
    var part = self
    part.places = Array(places.prefix(max(0, maximumCount)))
    return part
  }

  /// Of the other data set's digest and of the places, so that no image is read again.
  func fingerprint() throws -> DatasetFingerprint {
    let whole = try base.fingerprint()
    var contents = ContentDigest()
    contents.add([whole.contents])
    contents.add(places)
    return DatasetFingerprint(
      images: count, imageShape: imageShape, classNames: classNames, contents: contents.value,
      verified: whole.verified)
  }
}

extension Dataset {
  /// Some of the images, which stay where they are.
  /// - Parameter places: ascending.
  func selecting(_ places: [Int]) -> any Dataset {
    // Parts can be had of pictures, and the image's place decides which are cut out.
    if let pictures = self as? PictureDataset { return pictures.selecting(places) }
    return SelectedDataset(self, places: places)
  }

  /// At most so many of the images, evenly spread over all; classes may stand one after the other.
  package func spread(_ most: Int) -> any Dataset {
    if count <= most { return self }
    return selecting((0..<most).map { $0 * count / most })
  }
}
