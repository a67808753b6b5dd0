import TandemTensor

/// Labelled images of one shape, each reachable by its index.
///
/// Any number of threads may call the methods at once.
public protocol Dataset: Sendable {
  /// A short name for people, such as that of the folder it was read from.
  var name: String { get }

  /// The number of images.
  var count: Int { get }

  /// The shape of one image, `[C, H, W]`.
  var imageShape: Shape { get }

  /// The classes in the order of their labels: `classNames[label(i)]` is what image `i` shows.
  var classNames: [String] { get }

  /// Whether the images are in memory, so that preparing one takes little more than copying it.
  var isInMemory: Bool { get }

  /// Whether preparing an image keeps a core busy, with decoding for example, instead of waiting
  /// for a disk: where no core is idle, the workers then do it themselves.
  var takesComputing: Bool { get }

  /// How the images are made of pictures; nil for those that are not.
  var pictureRecipe: PictureRecipe? { get }

  /// This data set where its images are made of pictures, of which parts can be had; nil for
  /// others.
  var pictures: PictureDataset? { get }

  /// Writes image `index`, normalised, as `[C, H, W]` to `destination`.
  /// - Throws: an error that names the file, if the image cannot be produced.
  func copyImage(
    _ index: Int, normalization: Normalization, into destination: UnsafeMutablePointer<Float>
  ) throws

  /// The same for one use of the image in training, in the epoch `epoch`, counted from 0. A data
  /// set may make a different image of it each time, as a pure function of its own seed, the epoch
  /// and the index.
  /// - Throws: as above.
  func copyImage(
    _ index: Int, epoch: Int, normalization: Normalization,
    into destination: UnsafeMutablePointer<Float>
  ) throws

  /// Whether images are mixed with others in training, so that they have second labels.
  var mixesLabels: Bool { get }

  /// The label of the image that image `index` was mixed with in the epoch `epoch`; asked for where
  /// labels are mixed.
  func secondLabel(_ index: Int, epoch: Int) -> SecondLabel

  /// The class of image `index`, in `0..<classNames.count`.
  func label(_ index: Int) -> Int32

  /// The first images of this data set, at most `maximumCount`.
  func prefix(_ maximumCount: Int) -> Self

  /// Mean and standard deviation of each channel over all pixels of all images, before any
  /// normalisation (in 0…1 for images of bytes), computed in double precision.
  func channelMoments() throws -> [ChannelMoments]

  /// What tells this data set from others, whatever it is called: its counts, its classes, labels
  /// and pixels, or, where these are too many to be read, the files that hold them. Depends on
  /// nothing else, so it is the same on every machine.
  func fingerprint() throws -> DatasetFingerprint
}

extension Dataset {
  public var isInMemory: Bool { false }

  public var mixesLabels: Bool { false }

  public func secondLabel(_ index: Int, epoch: Int) -> SecondLabel {
    SecondLabel(label: label(index), share: 0)
  }

  public var takesComputing: Bool { false }

  public var pictureRecipe: PictureRecipe? { nil }

  public var pictures: PictureDataset? { nil }

  /// The same image in all epochs.
  public func copyImage(
    _ index: Int, epoch: Int, normalization: Normalization,
    into destination: UnsafeMutablePointer<Float>
  ) throws {
    try copyImage(index, normalization: normalization, into: destination)
  }

  /// Visits every image twice: first for the means, then for the squared distances from them.
  public func channelMoments() throws -> [ChannelMoments] {
    let channels = imageShape[0]
    let plane = imageShape.elementCount / channels
    let unchanged = Normalization.unitScale(channels: channels)
    func averages(_ transform: (Double, Int) -> Double) throws -> [Double] {
      var sums = [Double](repeating: 0, count: channels)
      try withUnsafeTemporaryAllocation(of: Float.self, capacity: imageShape.elementCount) {
        image in
        guard let base = image.baseAddress else { return }
        for index in 0..<count {
          try copyImage(index, normalization: unchanged, into: base)
          for channel in 0..<channels {
            var sum = 0.0
            for pixel in channel * plane..<(channel + 1) * plane {
              sum += transform(Double(base[pixel]), channel)
            }
            sums[channel] += sum
          }
        }
      }
      return sums.map { $0 / Double(max(1, count * plane)) }
    }
    let means = try averages { value, _ in value }
    let variances = try averages { value, channel in
      (value - means[channel]) * (value - means[channel])
    }
    return zip(means, variances).map {
      ChannelMoments(mean: $0, standardDeviation: $1.squareRoot())
    }
  }
}
