/// What is done to pictures in training so that a network sees others in each epoch, by the names
/// of Keras' ImageDataGenerator and torchvision. All starts switched off.
///
/// ```swift
/// var augmentation = Augmentation()
/// augmentation.rotationRange = 20
/// augmentation.widthShiftRange = .fraction(0.1)
/// augmentation.horizontalFlip = true
/// options.augmentation = augmentation
/// ```
///
/// What becomes of a picture is a pure function of the training's seed, the epoch and the picture's
/// index. All geometry is one affine map, sampled once and bilinearly. Tones are changed after it,
/// in the scale 0…1 of images of bytes, and then normalised.
public struct Augmentation: Codable, Hashable, Sendable {
  /// Turned by an angle from ± this many degrees.
  public var rotationRange = 0.0
  /// Moved to the left or right.
  public var widthShiftRange = AugmentationShift.none
  /// Moved up or down.
  public var heightShiftRange = AugmentationShift.none
  /// Sheared by an angle from ± this many degrees.
  public var shearRange = 0.0
  /// Factors for each axis by itself; below 1 enlarges what is in the picture, as in Keras.
  public var zoomRange = 1.0...1.0
  /// Left and right exchanged in one of two cases.
  public var horizontalFlip = false
  /// Top and bottom exchanged in one of two cases.
  public var verticalFlip = false
  /// Moved by up to this many whole pixels along each axis: a random part of a picture with a
  /// border of so many pixels (torchvision's RandomCrop with padding).
  public var cropPadding = 0
  /// nil for the whole picture.
  public var randomResizedCrop: RandomResizedCrop?
  /// What is beside a picture that was moved.
  public var fillMode = AugmentationFill.nearest
  /// The level of `constant`, from 0 to 255.
  public var fillValue = 0.0

  /// Added to all channels: a number from ± this many of 255 levels.
  public var channelShiftRange = 0.0
  /// Factors, of which 1 leaves a picture as it is; nil for none.
  public var brightnessRange: ClosedRange<Double>?
  public var colourJitter: ColourJitter?
  public var colourNoise: ColourNoise?
  /// One random change of random strength for each picture.
  public var trivialAugment = false
  public var randomErasing: RandomErasing?

  /// The α of mixup: each image is mixed with another one of the data set, its label with the
  /// other's, by a share of the distribution Beta(α, α). 0 for none.
  public var mixup = 0.0
  /// The α of cutmix, which puts a rectangle of another image over each; with `mixup` too, each
  /// image has one of both. 0 for none.
  public var cutmix = 0.0

  public init() {}

  /// Whether pixels of a picture may come from beside it.
  package var movesPixels: Bool {
    rotationRange != 0 || widthShiftRange != .none || heightShiftRange != .none || shearRange != 0
      || zoomRange != 1...1 || cropPadding > 0 || trivialAugment
  }

  /// Fields that are missing, as in descriptions of earlier versions, are off.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func read<Value: Decodable>(_ value: inout Value, _ key: CodingKeys) throws {
      value = try container.decodeIfPresent(Value.self, forKey: key) ?? value
    }
    try read(&rotationRange, .rotationRange)
    try read(&widthShiftRange, .widthShiftRange)
    try read(&heightShiftRange, .heightShiftRange)
    try read(&shearRange, .shearRange)
    try read(&zoomRange, .zoomRange)
    try read(&horizontalFlip, .horizontalFlip)
    try read(&verticalFlip, .verticalFlip)
    try read(&cropPadding, .cropPadding)
    try read(&randomResizedCrop, .randomResizedCrop)
    try read(&fillMode, .fillMode)
    try read(&fillValue, .fillValue)
    try read(&channelShiftRange, .channelShiftRange)
    try read(&brightnessRange, .brightnessRange)
    try read(&colourJitter, .colourJitter)
    try read(&colourNoise, .colourNoise)
    try read(&trivialAugment, .trivialAugment)
    try read(&randomErasing, .randomErasing)
    try read(&mixup, .mixup)
    try read(&cutmix, .cutmix)
  }
}
