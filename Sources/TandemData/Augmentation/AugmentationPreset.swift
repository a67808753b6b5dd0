/// Augmentation that suits a kind of pictures, under a name.
public enum AugmentationPreset: String, CaseIterable, Sendable {
  /// Hand-drawn shapes: turned, moved, sheared, enlarged, mirrored and flipped.
  case shapes
  /// Photographs of which there are few: the ranges of Chollet's course on cats and dogs.
  case catsDogs = "cats-dogs"
  /// Random parts of pictures of 256 pixels, mirrored and recoloured, as Krizhevsky et al. 2012.
  case alexnet
  /// A random part of random size, mirrored and jittered, as those who came after.
  case imagenet
  /// Moved by up to 4 pixels over black, mirrored (Lee et al. 2015,
  /// https://arxiv.org/abs/1409.5185).
  case cifar

  public var augmentation: Augmentation {
    var augmentation = Augmentation()
    switch self {
    case .shapes:
      augmentation.rotationRange = 10
      augmentation.widthShiftRange = .fraction(0.2)
      augmentation.heightShiftRange = .fraction(0.2)
      augmentation.shearRange = 40
      augmentation.zoomRange = 0.9...2.2
      augmentation.horizontalFlip = true
      augmentation.verticalFlip = true
    case .catsDogs:
      augmentation.rotationRange = 40
      augmentation.widthShiftRange = .fraction(0.2)
      augmentation.heightShiftRange = .fraction(0.2)
      // 0.2 radians, which they were in the Keras of that course.
      augmentation.shearRange = 11.5
      augmentation.zoomRange = 0.8...1.2
      augmentation.horizontalFlip = true
    case .alexnet:
      augmentation.horizontalFlip = true
      augmentation.colourNoise = ColourNoise()
    case .imagenet:
      augmentation.randomResizedCrop = RandomResizedCrop()
      augmentation.horizontalFlip = true
      augmentation.colourJitter = ColourJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4)
    case .cifar:
      augmentation.cropPadding = 4
      augmentation.fillMode = .constant
      augmentation.horizontalFlip = true
    }
    return augmentation
  }

  /// The part of a picture, once resized to 256 pixels for images of 224, that becomes an image;
  /// nil for presets that leave both to the user. Random parts of random size are those of
  /// `augmentation`, of the picture before it is resized.
  public var crop: PictureRecipe.Crop? {
    switch self {
    case .alexnet: .random
    case .imagenet: .center
    case .shapes, .catsDogs, .cifar: nil
    }
  }
}
