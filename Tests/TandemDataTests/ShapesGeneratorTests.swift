import TandemData
import TandemTensor
import TestSupport
import Testing

@Suite struct ShapesGeneratorTests {
  @Test func isAPureFunctionOfSeedAndIndex() {
    let generator = ShapesGenerator(seed: 3)
    #expect(generator.image(17) == ShapesGenerator(seed: 3).image(17))
    #expect(generator.image(17) != ShapesGenerator(seed: 4).image(17))
    let dataset = generator.dataset(10..<20)
    for index in 0..<10 {
      #expect(dataset.label(index) == generator.label(10 + index))
      #expect((try? image(index, of: dataset)) == generator.image(10 + index).map { Float($0) })
    }
  }

  @Test func noTwoImagesAreEqual() {
    let generator = ShapesGenerator()
    let train = (0..<500).map(generator.image)
    let test = (0..<500).map { generator.image(ShapesGenerator.firstTestIndex + $0) }
    #expect(Set(train + test).count == 1000)
  }

  /// White paper at the edges, dark ink inside, grey in between, and paper enclosed by the outline.
  @Test func drawsOutlinesOnPaper() {
    let generator = ShapesGenerator(seed: 1)
    for index in 0..<300 {
      let image = generator.image(index)
      #expect(image.count == 576)
      for position in 0..<24 {
        let (top, bottom) = (image[position], image[23 * 24 + position])
        let (left, right) = (image[24 * position], image[24 * position + 23])
        #expect(min(top, bottom, left, right) == 255)
      }
      let ink = image.count { $0 < 128 }
      #expect((20...200).contains(ink), "image \(index) has \(ink) dark pixels")
      #expect(image.contains { $0 < 60 })
      #expect(image.contains { (100...200).contains($0) })
    }
  }

  /// The classes differ in what the outline's bounding box encloses: of a rectangle (even rotated
  /// by up to 20 degrees) the most, of a triangle the least. Averages over many images.
  @Test func classesDifferInTheAreaTheyEnclose() {
    let generator = ShapesGenerator(seed: 2)
    let averages = (0..<3).map { label in
      let parts = stride(from: label, to: 600, by: 3).map { Self.enclosedPart(generator.image($0)) }
      return parts.reduce(0, +) / Double(parts.count)
    }
    #expect(averages[0] > averages[2] + 0.12, "circle and triangle: \(averages)")
    #expect(averages[1] > averages[2] + 0.12, "rectangle and triangle: \(averages)")
  }

  /// The part of the ink's bounding box that lies between the first and the last ink of its row.
  private static func enclosedPart(_ image: [UInt8]) -> Double {
    var (enclosed, rows) = (0, 0)
    var (left, right) = (24, 0)
    for row in 0..<24 {
      let ink = (0..<24).filter { image[row * 24 + $0] < 128 }
      guard let first = ink.first, let last = ink.last else { continue }
      enclosed += last - first + 1
      rows += 1
      left = min(left, first)
      right = max(right, last)
    }
    return Double(enclosed) / Double(rows * (right - left + 1))
  }

  @Test func loadsAsManyAsAskedFor() throws {
    let standard = try DatasetSource.load("shapes")
    #expect(standard.train.count == 6000 && standard.test.count == 1000)
    #expect(standard.train.imageShape == [1, 24, 24])
    #expect(standard.train.classNames == ["circle", "rectangle", "triangle"])
    let small = try DatasetSource.load("shapes:5,2")
    #expect(labels(of: small.train) == [0, 1, 2, 0, 1] && small.test.count == 2)
    #expect(try image(4, of: small.train) == image(4, of: standard.train))
    let other = try DatasetSource.load("shapes:5,2,9")
    #expect(try image(4, of: small.train) != image(4, of: other.train))
  }

  @Test(arguments: [
    "shapes:", "shapes:5", "shapes:0,1", "shapes:1,2,3,4", "shapes:a,b", "shapes:5,-1",
  ])
  func refuses(specification: String) {
    #expect(
      message { _ = try DatasetSource.load(specification) }
        == "\(specification): expected shapes:TRAIN,TEST with the numbers of images, at least 1, "
        + "for example shapes:6000,1000")
  }

  @Test func refusesMoreThanTheMachineCanHold() {
    let specification = "shapes:2147483648,2147483648"
    let error = message { _ = try DatasetSource.load(specification) }
    // A byte for each pixel, and a label of four, of 2³² images.
    let start = "no memory for the images of \(specification): 2375680 MiB are needed and "
    #expect(error?.hasPrefix(start) == true, "\(error ?? "")")
    #expect(error?.hasSuffix("ask for fewer images") == true, "\(error ?? "")")
  }
}
