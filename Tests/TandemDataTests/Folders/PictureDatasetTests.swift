import Foundation
import TandemData
import TandemImage
import TandemTensor
import TestSupport
import Testing

@Suite struct PictureDatasetTests {
  /// 40×20 pixels, whose red says the column, whose green the row, and whose blue is 7.
  private static let ramp = Picture(
    width: 40, height: 20, channels: .colour,
    samples: (0..<20).flatMap { row in (0..<40).flatMap { [UInt8($0), UInt8(row), 7] } })

  private func data(
    _ tree: PictureTree, _ recipe: PictureRecipe, seed: UInt64 = 0,
    _ change: (inout PictureOptions) -> Void = { _ in }
  ) throws -> DatasetPair {
    try tree.parts(.training, nil, change).datasets(recipe, seed: seed)
  }

  private func addRamps(to tree: PictureTree, _ count: Int = 1) throws {
    let bytes = try PictureEncoder.png(Self.ramp)
    for number in 0..<count { try tree.write(bytes, to: "train/cat/\(number).png") }
    try tree.write(bytes, to: "val/cat/1.png")
  }

  private func use(
    _ index: Int, epoch: Int, of dataset: any Dataset
  ) throws -> [Float] {
    let scale = Normalization.unitScale(channels: dataset.imageShape[0])
    var image = [Float](repeating: .nan, count: dataset.imageShape.elementCount)
    try image.withUnsafeMutableBufferPointer {
      try dataset.copyImage(
        index, epoch: epoch, normalization: scale, into: #require($0.baseAddress))
    }
    return image.map { ($0 * 255).rounded() }
  }

  /// Where a part of the ramp begins, of images `[3, 8, 8]` that were not resized.
  private func corner(_ image: [Float]) -> [Float] { [image[0], image[64]] }

  @Test func theMiddleIsCutOutPixelByPixel() throws {
    try withPictures { tree in
      try addRamps(to: tree)
      let train = try data(
        tree, PictureRecipe(imageShape: [3, 8, 10], resize: .shorterSide(20))
      ).train
      let found = try image(0, of: train).map { $0.rounded() }
      var expected: [Float] = []
      for channel in 0..<3 {
        for row in 6..<14 {
          for column in 15..<25 { expected.append([Float(column), Float(row), 7][channel]) }
        }
      }
      #expect(found == expected)
    }
  }

  /// The same numbers as for bytes in memory, to the last bit.
  @Test func pixelsAreNormalisedAsThoseOfArrays() throws {
    try withPictures { tree in
      try addRamps(to: tree)
      let train = try data(
        tree, PictureRecipe(imageShape: [3, 20, 40], resize: .shorterSide(40))
      ).train
      let normalization = Normalization(
        mean: [0.1, 0.2, 0.3], standardDeviation: [0.5, 0.25, 0.3])
      // Twice as large, of which the middle is shown: no pixel of the ramp is alone.
      #expect(train.imageShape == [3, 20, 40])
      let whole = try data(
        tree, PictureRecipe(imageShape: [3, 20, 40], resize: .stretch)
      ).train
      let array = InMemoryDataset(
        name: "array", imageShape: [3, 20, 40], classNames: ["cat"],
        pixels: .uint8(
          (0..<3).flatMap { c in (0..<800).map { Self.ramp.samples[3 * $0 + c] } }), labels: [0])
      var (one, other) = ([Float](repeating: 0, count: 2400), [Float](repeating: 1, count: 2400))
      try one.withUnsafeMutableBufferPointer {
        try whole.copyImage(0, normalization: normalization, into: #require($0.baseAddress))
      }
      try other.withUnsafeMutableBufferPointer {
        array.copyImage(0, normalization: normalization, into: try #require($0.baseAddress))
      }
      #expect(one == other)
    }
  }

  @Test func greyOrColourIsWhatTheImagesAre() throws {
    try withPictures { tree in
      try tree.addPictures(["train/cat/1.png", "val/cat/1.png"], pixel: [220, 30, 30])
      try tree.addPictures(["train/cat/2.png"], pixel: [100])
      let grey = try data(tree, PictureRecipe(imageShape: [1, 2, 2])).train
      // Pillow's weights.
      #expect(try image(0, of: grey).map { $0.rounded() } == [87, 87, 87, 87])
      #expect(try image(1, of: grey).map { $0.rounded() } == [100, 100, 100, 100])
      let colour = try data(tree, PictureRecipe(imageShape: [3, 1, 1])).train
      #expect(try image(0, of: colour).map { $0.rounded() } == [220, 30, 30])
      #expect(try image(1, of: colour).map { $0.rounded() } == [100, 100, 100])
    }
  }

  /// A different part in each epoch and of each picture, the same at each call, all over the
  /// picture; and the middle outside of training.
  @Test func randomPartsDependOnSeedEpochAndPictureOnly() throws {
    try withPictures { tree in
      try addRamps(to: tree, 3)
      let recipe = PictureRecipe(imageShape: [3, 8, 8], resize: .shorterSide(20), crop: .random)
      let train = try data(tree, recipe, seed: 3).train
      #expect(try corner(image(0, of: train).map { $0.rounded() }) == [16, 6])
      let uses = try (0..<60).map { try corner(use(0, epoch: $0, of: train)) }
      #expect(try uses == (0..<60).map { try corner(use(0, epoch: $0, of: train)) })
      #expect(Set(uses).count > 50)
      let columns = uses.map { $0[0] }
      let rows = uses.map { $0[1] }
      #expect((0...32).contains(columns.min() ?? -1) && (0...32).contains(columns.max() ?? -1))
      #expect((columns.min() ?? 99) < 4 && (columns.max() ?? 0) > 28)
      #expect((rows.min() ?? 99) == 0 && (rows.max() ?? 0) == 12)
      #expect(try uses != (0..<60).map { try corner(use(1, epoch: $0, of: train)) })
      let other = try data(tree, recipe, seed: 4).train
      #expect(try uses != (0..<60).map { try corner(use(0, epoch: $0, of: other)) })
      // A part of the data set has the same uses of its pictures.
      let part = train.prefix(2)
      #expect(try corner(use(1, epoch: 5, of: part)) == corner(use(1, epoch: 5, of: train)))
    }
  }

  @Test(arguments: PictureCache.allCases) func cachesChangeNothing(cache: PictureCache) throws {
    try withPictures { tree in
      try addRamps(to: tree, 3)
      let recipe = PictureRecipe(imageShape: [3, 6, 6], resize: .shorterSide(9), crop: .random)
      let plain = try data(tree, recipe).train
      let kept = try data(tree, recipe) { $0.cache = cache }.train
      for epoch in 0..<3 {
        for index in 0..<3 {
          #expect(
            try use(index, epoch: epoch, of: kept) == use(index, epoch: epoch, of: plain))
        }
      }
      let part = kept.prefix(2)
      #expect(try image(1, of: part) == image(1, of: plain))
    }
  }

  /// What is kept is not decoded again.
  @Test func keptPicturesNeedNoFiles() throws {
    try withPictures { tree in
      try addRamps(to: tree, 2)
      try tree.age()
      let recipe = PictureRecipe(imageShape: [3, 6, 6])
      func open(_ cache: PictureCache) throws -> any Dataset {
        try data(tree, recipe) { $0.cache = cache }.train
      }
      let (ram, disk, none) = (try open(.ram), try open(.disk), try open(.none))
      let images = try (0..<2).map { try image($0, of: ram) }
      #expect(try (0..<2).map { try image($0, of: disk) } == images)
      for number in 0..<2 {
        let path = tree.folder + "/train/cat/\(number).png"
        try write([UInt8](repeating: 0, count: bytes(of: path).count), to: path)
      }
      try tree.age()
      #expect(try (0..<2).map { try image($0, of: ram) } == images)
      #expect(message { _ = try image(0, of: none) }?.contains("train/cat/0.png") == true)
      // The next run finds them on the disk.
      #expect(try (0..<2).map { try image($0, of: open(.disk)) } == images)
      // Unless the disk has lost some.
      let folder = tree.cache + "/pictures"
      for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
        var samples = try bytes(of: folder + "/" + file)
        for place in 4096..<samples.count { samples[place] ^= 1 }
        try write(samples, to: folder + "/" + file)
      }
      #expect(message { _ = try image(0, of: try open(.disk)) } != nil)
    }
  }

  @Test func momentsAreThoseOfAllPixels() throws {
    try withPictures { tree in
      for (number, value) in [UInt8(10), 20, 60].enumerated() {
        try tree.addPictures(["train/cat/\(number).png"], pixel: [value, 0, 255])
      }
      try tree.addPictures(["val/cat/1.png"])
      let moments = try data(tree, PictureRecipe(imageShape: [3, 2, 2])).train.channelMoments()
      #expect(abs(moments[0].mean - 30.0 / 255) < 1e-12)
      #expect(abs(moments[0].standardDeviation - (1400.0 / 3).squareRoot() / 255) < 1e-12)
      #expect(moments[1] == ChannelMoments(mean: 0, standardDeviation: 0))
      #expect(moments[2] == ChannelMoments(mean: 1, standardDeviation: 0))
    }
  }

  @Test func theFirstOnesAreOfAllClasses() throws {
    try withPictures { tree in
      try tree.addPictures((0..<5).flatMap { ["train/cat/\($0).png", "train/dog/\($0).png"] })
      try tree.addPictures(["train/owl/1.png", "val/cat/1.png"])
      let train = try data(tree, PictureRecipe(imageShape: [3, 2, 2])).train
      #expect(labels(of: train) == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2])
      #expect(labels(of: train.prefix(6)) == [0, 0, 0, 1, 1, 2])
      #expect(labels(of: train.prefix(1)) == [0])
      #expect(train.prefix(99).count == 11)
    }
  }

  @Test func partsMustFitIntoPictures() throws {
    try withPictures { tree in
      try addRamps(to: tree)
      #expect(
        message {
          _ = try data(tree, PictureRecipe(imageShape: [3, 24, 24], resize: .shorterSide(20)))
        }
          == "\(tree.folder): pictures of [20, 20] cannot give a part of [24, 24]; use a larger `resize` "
          + "or a smaller `imageShape`"
      )
    }
  }

  /// Small pictures of one size are a data set like any other.
  @Test func thumbnailsNeedNoSize() throws {
    try withPictures { tree in
      try addRamps(to: tree, 2)
      let data = try DatasetSource.load(tree.folder)
      #expect(data.train.imageShape == [3, 20, 40])
      try tree.addPictures(["train/cat/small.png"])
      #expect(
        message { _ = try DatasetSource.load(tree.folder) }
          == "\(tree.folder): these are pictures of several sizes, or large ones; say to what size they "
          + "are brought")
    }
  }

  // MARK: - Recipes

  /// torchvision's numbers: 500×375 becomes 341×256, of which 224×224 begin at (58, 16).
  @Test func sizesAreTorchvisions() {
    let recipe = PictureRecipe(imageShape: [3, 224, 224], resize: .shorterSide(256))
    #expect(
      recipe.resized(PictureSize(width: 500, height: 375)) == PictureSize(width: 341, height: 256))
    #expect(
      recipe.resized(PictureSize(width: 375, height: 500)) == PictureSize(width: 256, height: 341))
    #expect(
      recipe.center(of: PictureSize(width: 341, height: 256))
        == PixelRectangle(x: 58, y: 16, width: 224, height: 224))
    #expect(
      recipe.center(of: PictureSize(width: 343, height: 256)).x == 60, "59.5 to the even number")
  }

  @Test func coveringKeepsProportionsAndLeavesNothingOpen() {
    let recipe = PictureRecipe(imageShape: [3, 100, 150])
    for (width, height) in [(300, 200), (301, 200), (7, 900), (900, 7), (1, 1), (150, 100)] {
      let size = recipe.resized(PictureSize(width: width, height: height))
      #expect(size.width >= 150 && size.height >= 100, "\(size)")
      #expect(size.width == 150 || size.height == 100, "\(size)")
    }
    #expect(
      recipe.resized(PictureSize(width: 300, height: 300)) == PictureSize(width: 150, height: 150))
  }

  @Test func recipesAreKeptAsTheyAre() throws {
    for recipe in [
      PictureRecipe(imageShape: [1, 2, 3]),
      PictureRecipe(imageShape: [3, 2, 2], resize: .shorterSide(9), crop: .random),
      PictureRecipe(imageShape: [3, 2, 2], resize: .stretch),
    ] {
      let data = try JSONEncoder().encode(recipe)
      #expect(try JSONDecoder().decode(PictureRecipe.self, from: data) == recipe)
      let text = String(decoding: data, as: UTF8.self)
      let damaged = text.replacingOccurrences(of: "[\(recipe.imageShape[0]),", with: "[2,")
      #expect(throws: (any Error).self) {
        try JSONDecoder().decode(PictureRecipe.self, from: Data(damaged.utf8))
      }
    }
  }
}
