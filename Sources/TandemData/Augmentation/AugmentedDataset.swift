import TandemImage
import TandemTensor

/// A data set whose images differ from epoch to epoch; without an epoch they are the plain ones.
package struct AugmentedDataset: Dataset {
  private let base: any Dataset
  /// What random parts are taken of; nil where images are all there is.
  private let wholes: PictureDataset?
  private let augmentation: Augmentation
  private let seed: UInt64

  /// - Parameters:
  ///   - base: of images with channels, rows and columns.
  ///   - augmentation: with the axes of its colour noise, if it has any.
  ///   - seed: decides all that is drawn.
  package init(_ base: any Dataset, _ augmentation: Augmentation, seed: UInt64) {
    precondition(base.imageShape.rank == 3, "\(base.imageShape)")
    self.base = base
    wholes = augmentation.randomResizedCrop == nil ? nil : base.pictures
    self.augmentation = augmentation
    self.seed = seed
  }

  package var name: String { base.name }
  package var count: Int { base.count }
  package var imageShape: Shape { base.imageShape }
  package var classNames: [String] { base.classNames }
  package var isInMemory: Bool { base.isInMemory }
  package var takesComputing: Bool { base.takesComputing }
  package var pictureRecipe: PictureRecipe? { base.pictureRecipe }

  package func label(_ index: Int) -> Int32 { base.label(index) }

  package func prefix(_ maximumCount: Int) -> AugmentedDataset {
    AugmentedDataset(base.prefix(maximumCount), augmentation, seed: seed)
  }

  package func fingerprint() throws -> DatasetFingerprint { try base.fingerprint() }

  package func channelMoments() throws -> [ChannelMoments] { try base.channelMoments() }

  package func copyImage(
    _ index: Int, normalization: Normalization, into destination: UnsafeMutablePointer<Float>
  ) throws {
    try base.copyImage(index, normalization: normalization, into: destination)
  }

  package func copyImage(
    _ index: Int, epoch: Int, normalization: Normalization,
    into destination: UnsafeMutablePointer<Float>
  ) throws {
    try prepare(index, epoch, normalization, into: destination)
    guard let (other, mixing) = drawnMixing(index, epoch) else { return }
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: imageShape.elementCount) { image in
      guard let image = image.baseAddress else { return }
      try prepare(other, epoch, normalization, into: image)
      mixing.apply(to: destination, image, of: imageShape)
    }
  }

  package var mixesLabels: Bool { augmentation.mixesImages }

  package func secondLabel(_ index: Int, epoch: Int) -> SecondLabel {
    guard let (other, mixing) = drawnMixing(index, epoch) else { return .none }
    return SecondLabel(label: base.label(other), share: mixing.share)
  }

  private func drawnMixing(_ index: Int, _ epoch: Int) -> (other: Int, mixing: Mixing)? {
    guard augmentation.mixesImages else { return nil }
    return augmentation.mixing(
      ofImagesOf: size, count: count, seed: seed, epoch: epoch, sample: index)
  }

  private var size: PictureSize { PictureSize(width: imageShape[2], height: imageShape[1]) }

  /// Writes the image as it is before it is mixed.
  private func prepare(
    _ index: Int, _ epoch: Int, _ normalization: Normalization,
    into destination: UnsafeMutablePointer<Float>
  ) throws {
    var transform = augmentation.transform(
      of: wholes?.size(index) ?? size, to: size, seed: seed, epoch: epoch, sample: index)
    let plain = Normalization.unitScale(channels: imageShape[0])
    let part = wholes == nil ? nil : transform.window
    // The picture gives it in the image's size.
    if part != nil { transform.window = nil }
    func copy(to destination: UnsafeMutablePointer<Float>) throws {
      if let wholes, let part {
        try wholes.copyPart(index, part, normalization: plain, into: destination)
      } else {
        try base.copyImage(index, epoch: epoch, normalization: plain, into: destination)
      }
    }
    if transform.keepsGeometry {
      try copy(to: destination)
      transform.changeTones(of: destination, channels: imageShape[0])
    } else {
      try withUnsafeTemporaryAllocation(of: Float.self, capacity: imageShape.elementCount) {
        image in
        guard let image = image.baseAddress else { return }
        try copy(to: image)
        transform.apply(to: image, of: imageShape, into: destination)
      }
    }
    transform.finish(destination, normalization)
  }
}
