import TandemImage
import TandemTensor

extension Augmentation {
  /// Draws what becomes of one picture in one epoch: a pure function of its arguments.
  ///
  /// - Parameters:
  ///   - source: the picture's size.
  ///   - size: of the images that networks see.
  package func transform(
    of source: PictureSize, to size: PictureSize, seed: UInt64, epoch: Int, sample: Int
  ) -> PictureTransform {
    let random = AugmentationRandom(seed: seed, epoch: epoch, sample: sample)
    var transform = PictureTransform(size: size)
    transform.fill = fillMode
    transform.fillValue = fillValue / 255
    if let randomResizedCrop {
      var numbers = random.sequence(.resizedCrop)
      transform.window = randomResizedCrop.part(of: source, &numbers)
    } else if source != size {
      transform.window = PixelRectangle(all: source)
    }
    transform.map = map(size, random)
    transform.tones = tones(random)
    if trivialAugment {
      var numbers = random.sequence(.trivial)
      let change = TrivialAugment.change(of: size, &numbers)
      transform.map = transform.map.then(change.map)
      if let tone = change.tone { transform.tones.append(tone) }
    }
    if let randomErasing {
      var numbers = random.sequence(.erasing)
      transform.erased = randomErasing.part(of: size, &numbers)
    }
    return transform
  }

  /// Keras' map around the middle, then the random part, then mirrored.
  private func map(_ size: PictureSize, _ random: AugmentationRandom) -> AffineMap {
    var map = centred(size, random)
    if cropPadding > 0 {
      var numbers = random.sequence(.crop)
      let range = -cropPadding...cropPadding
      let y = Double(numbers.whole(in: range))
      map = map.then(.shift(x: Double(numbers.whole(in: range)), y: y))
    }
    if horizontalFlip, random.isHeads(.mirror) { map = map.then(.mirror(width: size.width)) }
    if verticalFlip, random.isHeads(.flip) { map = map.then(.flip(height: size.height)) }
    return map
  }

  /// Rotation, shift, shear and zoom in the order of Keras' `apply_affine_transform`. Its
  /// `get_random_transform` gives the height's shift to the columns; here each axis has its own.
  private func centred(_ size: PictureSize, _ random: AugmentationRandom) -> AffineMap {
    var map = AffineMap.identity
    if rotationRange != 0 {
      let angle = random.uniform(.rotation, in: -rotationRange...rotationRange)
      map = .rotation(degrees: angle)
    }
    if widthShiftRange != .none || heightShiftRange != .none {
      var (across, down) = (random.sequence(.widthShift), random.sequence(.heightShift))
      let x = widthShiftRange.draw(&across, extent: size.width)
      map = map.then(.shift(x: x, y: heightShiftRange.draw(&down, extent: size.height)))
    }
    if shearRange != 0 {
      let angle = random.uniform(.shear, in: -shearRange...shearRange)
      map = map.then(.shear(degrees: angle))
    }
    if zoomRange != 1...1 {
      var numbers = random.sequence(.zoom)
      let x = numbers.uniform(in: zoomRange)
      map = map.then(.zoom(x: x, y: numbers.uniform(in: zoomRange)))
    }
    if map == .identity { return map }
    return map.around(x: Double(size.width) / 2 - 0.5, y: Double(size.height) / 2 - 0.5)
  }

  private func tones(_ random: AugmentationRandom) -> [ToneChange] {
    var changes: [ToneChange] = []
    if channelShiftRange != 0 {
      let shift = random.uniform(.channelShift, in: -channelShiftRange...channelShiftRange)
      changes.append(.channelShift(shift / 255))
    }
    if let brightnessRange {
      changes.append(.brightness(random.uniform(.brightness, in: brightnessRange)))
    }
    if let colourJitter {
      var numbers = random.sequence(.jitter)
      changes += colourJitter.changes(&numbers)
    }
    if let colourNoise, let axes = colourNoise.axes {
      var numbers = random.sequence(.colourNoise)
      changes.append(.colourNoise(colourNoise.draw(axes, &numbers)))
    }
    return changes
  }
}
