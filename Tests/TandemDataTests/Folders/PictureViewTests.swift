import Foundation
import TandemData
import TandemImage
import TandemTensor
import TestSupport
import Testing

/// The views of a picture that are looked at outside of training.
@Suite struct PictureViewTests {
  /// From Tests/Fixtures/TandemData/ten_crop.py.
  private struct Golden: Decodable {
    /// Height and width.
    let picture: [Int]
    let view: [Int]
    let pixels: [[UInt8]]
  }

  private static func golden() throws -> [Golden] {
    try JSONDecoder().decode(
      [Golden].self, from: Data(contentsOf: URL(filePath: fixture("ten_crop.json"))))
  }

  /// All pixels of all views, of a picture whose pixels are numbered.
  @Test func tenAreTorchvisions() throws {
    for example in try Self.golden() {
      let (height, width) = (example.picture[0], example.picture[1])
      let numbered = Picture(
        width: width, height: height, channels: .grey,
        samples: (0..<height * width).map { UInt8($0) })
      let recipe = PictureRecipe(
        imageShape: [1, example.view[0], example.view[1]], resize: .shorterSide(min(height, width)))
      let bytes = try PictureEncoder.png(numbered)
      let images = try recipe.images(of: bytes, .tenCrop, .unitScale(channels: 1))
      let found = images.map { UInt8(($0 * 255).rounded()) }
      #expect(found == example.pixels.flatMap(\.self), "\(example.picture), \(example.view)")
      // The middle alone is the fifth.
      let middle = try recipe.images(of: bytes, .middle, .unitScale(channels: 1))
      #expect(middle.map { UInt8(($0 * 255).rounded()) } == example.pixels[4])
    }
  }

  /// Of a data set, with and without a cache, in colours, as of a single file.
  @Test func dataSetsHaveTheSame() throws {
    let picture = Picture(
      width: 21, height: 13, channels: .colour,
      samples: (0..<21 * 13 * 3).map { UInt8($0 * 7 % 251) })
    let bytes = try PictureEncoder.png(picture)
    let normalization = Normalization(
      mean: [0.3, 0.4, 0.5], standardDeviation: [0.2, 0.3, 0.1], perImage: .standardised)
    try withPictures { tree in
      for name in ["train/cat/1.png", "val/cat/1.png"] { try tree.write(bytes, to: name) }
      let recipe = PictureRecipe(imageShape: [3, 8, 9], resize: .shorterSide(11))
      let expected = try recipe.images(of: bytes, .tenCrop, normalization)
      #expect(expected.count == 10 * 3 * 8 * 9)
      for cache in [PictureCache.none, .ram] {
        let data = try tree.parts(.training, nil) { $0.cache = cache }.datasets(recipe).test
        let pictures = try #require(data.pictures)
        try pictures.checkCorners()
        var views = [Float](repeating: .nan, count: expected.count)
        try pictures.copyViews(.tenCrop, of: 0, normalization: normalization, into: &views)
        #expect(views == expected)
        // What each image gets by itself is done to the middle as well.
        var middle = [Float](repeating: .nan, count: 216)
        try data.readImage(0, normalization: normalization, into: &middle)
        #expect(try recipe.images(of: bytes, .middle, normalization) == middle)
        #expect(middle == Array(expected[4 * 216..<5 * 216]))
        #expect(abs(middle.reduce(0, +)) < 1e-3, "each image by itself")
      }
    }
  }

  @Test func picturesWithoutCornersAreRefused() throws {
    try withPictures { tree in
      try tree.addPictures(["train/cat/1.png", "val/cat/1.png"])
      let data = try tree.parts().datasets(PictureRecipe(imageShape: [3, 2, 2], resize: .stretch))
      #expect(
        message { try data.test.pictures?.checkCorners() }
          == "\(tree.folder): no picture is larger than the images [3, 2, 2] once it is resized, so that "
          + "its corners are all the same; use a larger `resize`, or leave out `tenCrop`")
      let larger = PictureRecipe(imageShape: [3, 2, 2], resize: .shorterSide(3))
      try tree.parts().datasets(larger).test.pictures?.checkCorners()
    }
  }
}
