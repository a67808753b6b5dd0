import TandemImage
import TandemTensor

/// How pictures of any size become images of one shape: resized, then a part of them cut out. It is
/// kept with the weights, so that pictures are prepared in the same way afterwards.
public struct PictureRecipe: Codable, Hashable, Sendable {
  /// To which size a picture is brought before a part is cut out.
  public enum Resize: Codable, Hashable, Sendable {
    /// As small as a picture can be that still holds the part, with its proportions kept.
    case cover
    /// Its shorter side to so many pixels, with its proportions kept (torchvision's `Resize`).
    case shorterSide(Int)
    /// To the size of the part, whatever its proportions (Keras' `target_size`).
    case stretch
  }

  /// Which part is cut out.
  public enum Crop: String, Codable, CaseIterable, Sendable {
    /// The middle.
    case center
    /// In training a different part at each use, otherwise the middle.
    case random
  }

  /// The images' shape, `[C, H, W]`; C is 1 for grey or 3 for red, green and blue.
  public let imageShape: Shape
  public let resize: Resize
  public let crop: Crop

  /// - Parameter imageShape: `[1, H, W]` or `[3, H, W]`.
  public init(imageShape: Shape, resize: Resize = .cover, crop: Crop = .center) {
    precondition(imageShape.rank == 3 && [1, 3].contains(imageShape[0]), "\(imageShape)")
    self.imageShape = imageShape
    self.resize = resize
    self.crop = crop
  }

  /// The usual resizing where a part is not all of a picture: 256 pixels for images of 224 or 227,
  /// and in proportion for others (Krizhevsky et al. 2012; torchvision's references).
  ///
  /// - Parameters:
  ///   - height: of the images.
  ///   - width: of the images.
  public static func roomyResize(height: Int, width: Int) -> Resize {
    let side = max(height, width)
    return .shorterSide(side == 227 ? 256 : side * 256 / 224)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    imageShape = try container.decode(Shape.self, forKey: .imageShape)
    resize = try container.decode(Resize.self, forKey: .resize)
    crop = try container.decode(Crop.self, forKey: .crop)
    var sides = [imageShape.elementCount]
    if case .shorterSide(let side) = resize { sides.append(side) }
    guard imageShape.rank == 3, [1, 3].contains(imageShape[0]), sides.allSatisfy({ $0 > 0 }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .imageShape, in: container,
        debugDescription: "images of 1 or 3 channels are needed, and sides above 0")
    }
  }

  /// The size of the part that is cut out.
  var part: PictureSize { PictureSize(width: imageShape[2], height: imageShape[1]) }

  var channels: PictureChannels { imageShape[0] == 1 ? .grey : .colour }

  /// The size to which a picture is resized. Where proportions are kept, a side that is no whole
  /// number is cut off, as torchvision does.
  package func resized(_ picture: PictureSize) -> PictureSize {
    switch resize {
    case .stretch: return part
    case .shorterSide(let side): return Self.resized(picture, shorterSideTo: side)
    case .cover:
      // The side that needs the larger factor decides.
      if picture.width * part.height <= picture.height * part.width {
        let height = picture.height * part.width / picture.width
        return PictureSize(width: part.width, height: max(part.height, height))
      }
      let width = picture.width * part.height / picture.height
      return PictureSize(width: max(part.width, width), height: part.height)
    }
  }

  private static func resized(_ picture: PictureSize, shorterSideTo side: Int) -> PictureSize {
    picture.width <= picture.height
      ? PictureSize(width: side, height: max(side, picture.height * side / picture.width))
      : PictureSize(width: max(side, picture.width * side / picture.height), height: side)
  }

  /// Whether every picture gives the part: with `shorterSide` only if that is not too small.
  var isPossible: Bool {
    guard case .shorterSide(let side) = resize else { return true }
    return side >= max(part.width, part.height)
  }

  /// The middle.
  package func center(of resized: PictureSize) -> PixelRectangle { .centre(part, in: resized) }

  /// The part for one use of a picture in training: a pure function of its arguments.
  /// - Parameter sample: the picture's place in the data set.
  package func part(
    of resized: PictureSize, seed: UInt64, epoch: Int, sample: Int
  ) -> PixelRectangle {
    guard crop == .random else { return center(of: resized) }
    var numbers = CounterRandom(seed: seed, purpose: .cropping)
      .sequence(UInt32(truncatingIfNeeded: sample), UInt32(truncatingIfNeeded: epoch))
    func start(_ length: Int, _ part: Int) -> Int {
      Int(Sampler.uniform(below: UInt32(length - part + 1), &numbers))
    }
    let x = start(resized.width, part.width)
    return PixelRectangle(
      x: x, y: start(resized.height, part.height), width: part.width, height: part.height)
  }

  /// `resized to cover them, the middle cut out`
  public var text: String {
    let size =
      switch resize {
      case .cover: "resized to cover them"
      case .shorterSide(let side): "resized to \(side) pixels on the shorter side"
      case .stretch: "resized to them whatever their proportions"
      }
    if case .stretch = resize { return size }
    return size + (crop == .center ? ", the middle cut out" : ", a random part cut out in training")
  }
}
