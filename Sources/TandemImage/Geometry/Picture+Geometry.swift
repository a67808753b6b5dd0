import CKernels

extension Picture {
  /// The pixels of a part.
  /// - Precondition: the part is inside of the picture.
  public func cropped(to part: PixelRectangle) -> Picture {
    precondition(part.isInside(size), "a part of the picture")
    return placed(
      size: part.size, origin: part.y * width + part.x, stepRight: 1, stepDown: width)
  }

  /// The part in the middle, as torchvision places it: an odd pixel that is left over is on the
  /// side that Python's rounding to even makes it.
  /// - Precondition: it is no larger than the picture.
  public func centreCropped(to part: PictureSize) -> Picture {
    cropped(to: .centre(part, in: size))
  }

  /// Left and right exchanged.
  public func mirrored() -> Picture {
    turned(upright: .mirrored)
  }

  /// Top and bottom exchanged.
  public func flipped() -> Picture {
    turned(upright: .flipped)
  }

  /// Turned to the right, that is clockwise, by a quarter `quarters` times.
  public func turned(quarters: Int) -> Picture {
    switch (quarters % 4 + 4) % 4 {
    case 1: turned(upright: .turnedLeft)
    case 2: turned(upright: .upsideDown)
    case 3: turned(upright: .turnedRight)
    default: self
    }
  }

  /// The upright picture where this one's pixels are those that a camera stored so.
  public func turned(upright orientation: PictureOrientation) -> Picture {
    let last = (right: width - 1, bottom: (height - 1) * width)
    let (origin, right, down) =
      switch orientation {
      case .upright: (0, 1, width)
      case .mirrored: (last.right, -1, width)
      case .upsideDown: (last.bottom + last.right, -1, -width)
      case .flipped: (last.bottom, 1, -width)
      case .transposed: (0, width, 1)
      case .turnedLeft: (last.bottom, -width, 1)
      case .transversed: (last.bottom + last.right, -width, -1)
      case .turnedRight: (last.right, width, -1)
      }
    if orientation == .upright { return self }
    return placed(
      size: orientation.size(of: size), origin: origin, stepRight: right, stepDown: down)
  }

  private func placed(size: PictureSize, origin: Int, stepRight: Int, stepDown: Int) -> Picture {
    Picture(size: size, channels: channels) { buffer in
      samples.withUnsafeBufferPointer { samples in
        tandem_turn(
          buffer.baseAddress, size.width, size.height, samples.baseAddress, channels.rawValue,
          origin, stepRight, stepDown)
      }
    }
  }
}

extension PixelRectangle {
  /// The part in the middle of a picture of `whole`'s size, as torchvision's CenterCrop: half of
  /// what is left over is on the left and on top, rounded to even.
  public static func centre(_ part: PictureSize, in whole: PictureSize) -> PixelRectangle {
    func start(_ left: Int) -> Int { Int((Double(left) / 2).rounded(.toNearestOrEven)) }
    return PixelRectangle(
      x: start(whole.width - part.width), y: start(whole.height - part.height),
      width: part.width, height: part.height)
  }
}
