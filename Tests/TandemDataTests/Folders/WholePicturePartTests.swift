import Foundation
import TandemData
import TandemImage
import TandemTensor
import TestSupport
import Testing

/// Random parts of whole pictures, before these are resized.
@Suite struct WholePicturePartTests {
  private static let shape: Shape = [3, 12, 12]
  private static let size = PictureSize(12)

  /// Waves of several lengths, so that every part looks different.
  private static func waves(_ width: Int, _ height: Int) -> Picture {
    Picture(
      width: width, height: height, channels: .colour,
      samples: (0..<width * height * 3).map { index in
        let (x, y) = (Double(index / 3 % width), Double(index / 3 / width))
        let wave = sin(x / 17 + Double(index % 3)) + cos(y / 23) + 0.3 * sin((x + y) / 9)
        return UInt8(127 + 50 * wave)
      })
  }

  private var augmentation: Augmentation {
    var augmentation = Augmentation()
    augmentation.randomResizedCrop = RandomResizedCrop()
    return augmentation
  }

  private func use(_ dataset: AugmentedDataset, _ index: Int, epoch: Int) throws -> [Float] {
    var image = [Float](repeating: .nan, count: Self.shape.elementCount)
    try dataset.copyImage(
      index, epoch: epoch, normalization: .unitScale(channels: 3), into: &image)
    return image
  }

  private func data(
    _ tree: PictureTree, _ augmentation: Augmentation, _ recipe: PictureRecipe
  ) throws -> AugmentedDataset {
    AugmentedDataset(
      try tree.parts().datasets(recipe, seed: 3).train, augmentation, seed: 3)
  }

  /// The parts are cut out of the picture as it is, and resized as Pillow does. What is resized or
  /// cut out otherwise plays no part.
  @Test func partsAreOfTheWholePicture() throws {
    let picture = Self.waves(61, 33)
    try withPictures { tree in
      let bytes = try PictureEncoder.png(picture)
      try tree.write(bytes, to: "train/cat/1.png")
      try tree.write(bytes, to: "val/cat/1.png")
      let recipe = PictureRecipe(imageShape: Self.shape)
      let covering = try data(tree, augmentation, recipe)
      let resized = try data(
        tree, augmentation, PictureRecipe(imageShape: Self.shape, resize: .shorterSide(14)))
      var columns: [Int] = []
      for epoch in 0..<40 {
        let window = augmentation.transform(
          of: picture.size, to: Self.size, seed: 3, epoch: epoch, sample: 0
        ).window
        let part = try #require(window)
        columns += [part.x, part.x + part.width]
        let expected = picture.cropped(to: part).resized(to: Self.size)
        let found = try use(covering, 0, epoch: epoch)
        #expect(Picture(image: found, shape: Self.shape) == expected)
        #expect(try use(resized, 0, epoch: epoch) == found)
      }
      // The middle that covers the image would have columns 14 to 47 only.
      #expect((columns.min() ?? 99) < 5 && (columns.max() ?? 0) > 56)
    }
  }

  /// What else augmentation does comes after that, as for any other image.
  @Test func flipsAndTonesFollow() throws {
    let picture = Self.waves(50, 40)
    try withPictures { tree in
      let bytes = try PictureEncoder.png(picture)
      for name in ["train/cat/1.png", "val/cat/1.png"] { try tree.write(bytes, to: name) }
      var more = augmentation
      more.horizontalFlip = true
      more.brightnessRange = 0.5...0.5
      let recipe = PictureRecipe(imageShape: Self.shape)
      let (plain, changed) = (try data(tree, augmentation, recipe), try data(tree, more, recipe))
      var flips = 0
      for epoch in 0..<20 {
        let map = more.transform(
          of: picture.size, to: Self.size, seed: 3, epoch: epoch, sample: 0
        ).map
        let before = Picture(image: try use(plain, 0, epoch: epoch), shape: Self.shape)
        let turned = map == .identity ? before : before.mirrored()
        flips += map == .identity ? 0 : 1
        let found = try use(changed, 0, epoch: epoch)
        let worst = zip(found, turned.image).map { abs($0 - $1 / 2) }.max() ?? 1
        #expect(worst < 1e-6)
      }
      #expect((4...16).contains(flips))
    }
  }

  /// A large JPEG is read smaller where that is enough, and looks the same.
  @Test func smallImagesNeedNotAllOfALargeJPEG() throws {
    let picture = Self.waves(643, 481)
    try withPictures { tree in
      let bytes = try PictureEncoder.jpeg(picture, quality: 95, fullColour: true)
      for name in ["train/cat/1.jpg", "val/cat/1.jpg"] { try tree.write(bytes, to: name) }
      let whole = try PictureDecoder.decode(bytes)
      let dataset = try data(tree, augmentation, PictureRecipe(imageShape: Self.shape))
      var (same, sum) = (0, 0.0)
      for epoch in 0..<20 {
        let window = augmentation.transform(
          of: picture.size, to: Self.size, seed: 3, epoch: epoch, sample: 0
        ).window
        let part = try #require(window)
        let expected = whole.cropped(to: part).resized(to: Self.size).image
        let found = try use(dataset, 0, epoch: epoch)
        let mean = zip(found, expected).map { Double(abs($0 - $1)) }.reduce(0, +) / 432
        sum += mean
        same += mean == 0 ? 1 : 0
        // A pixel beside it, the part shows other waves.
        let beside = whole.cropped(
          to: PixelRectangle(
            x: part.x >= 12 ? part.x - 12 : part.x + 12 <= 643 - part.width ? part.x + 12 : 0,
            y: part.y, width: part.width, height: part.height)
        ).resized(to: Self.size).image
        let other = zip(found, beside).map { Double(abs($0 - $1)) }.reduce(0, +) / 432
        if beside != expected { #expect(mean < other / 4, "\(mean), \(other)") }
      }
      #expect(same < 20, "some were read smaller")
      #expect(sum / 20 < 1.0 / 255)
    }
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    try withPictures { tree in
      try tree.addPictures(["train/cat/1.png", "val/cat/1.png"])
      func problem(
        _ recipe: PictureRecipe, _ change: (inout PictureOptions) -> Void = { _ in }
      ) throws -> String? {
        let data = try tree.parts(.training, nil, change).datasets(recipe).train
        return message { try augmentation.check(for: data) }
      }
      #expect(try problem(PictureRecipe(imageShape: [3, 2, 2])) == nil)
      #expect(
        try problem(PictureRecipe(imageShape: [3, 2, 2]), { $0.cache = .ram })
          == "`randomResizedCrop` takes parts of whole pictures, of which `cache` keeps resized ones only; "
          + "leave out one of them")
      #expect(
        try problem(PictureRecipe(imageShape: [3, 2, 2], resize: .shorterSide(3), crop: .random))
          == "`randomResizedCrop` and `crop` random both choose a part of a picture; leave out one of them"
      )
    }
  }
}
