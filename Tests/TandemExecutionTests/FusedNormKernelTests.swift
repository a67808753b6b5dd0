import CKernels
import Testing

/// Our own kernels of batch normalization, in every order that maps may have.
@Suite struct FusedNormKernelTests {
  /// Maps smaller and larger than a vector, a run of a sum, and what is computed together; 20
  /// channels do not fill blocks.
  private static let sizes = [
    (images: 2, channels: 20, rows: 3, columns: 5), (images: 3, channels: 3, rows: 41, columns: 29),
    (images: 1, channels: 17, rows: 7, columns: 7), (images: 2, channels: 150, rows: 2, columns: 1),
  ]

  private static func maps(
    _ size: (images: Int, channels: Int, rows: Int, columns: Int), block: Int
  ) -> tandem_maps {
    tandem_maps(
      images: size.images, channels: size.channels, rows: size.rows, columns: size.columns,
      block: block, bfloat16: false)
  }

  @Test(arguments: [1, 8, 16], FusedNormCase.Other.allCases)
  func agreesWithPlainLoops(block: Int, other: FusedNormCase.Other) throws {
    for size in Self.sizes {
      for rectifies in [false, true] {
        let norm = FusedNormCase(
          maps: Self.maps(size, block: block), other: other, rectifies: rectifies)
        let results = try #require(norm.run())
        let problems = FusedNormCase.problems(
          results, norm.reference(positive: results.output), tolerance: 2e-6)
        #expect(problems.isEmpty, "\(size) \(rectifies): \(problems)")
      }
    }
  }

  /// In place, again, and past the caches, all of which are for large maps.
  @Test(arguments: FusedNormCase.Other.allCases)
  func givesTheSameBitsWhereverItWrites(other: FusedNormCase.Other) throws {
    let norm = FusedNormCase(
      maps: Self.maps((images: 2, channels: 32, rows: 72, columns: 72), block: 16), other: other,
      rectifies: true)
    let results = try #require(norm.run())
    let problems = FusedNormCase.problems(
      results, norm.reference(positive: results.output), tolerance: 2e-6)
    #expect(problems.isEmpty, "\(problems)")
    let inPlace = try #require(norm.run(inPlace: true))
    #expect(inPlace.output == results.output)
    #expect(inPlace.inputGradient == results.inputGradient)
    let again = try #require(norm.run(again: true))
    #expect(again.output == results.output)
  }

  /// A variance that squares of the numbers themselves would lose in float32. What is left is the
  /// rounding of the numbers' mean, about 3e-5.
  @Test(arguments: [1, 16])
  func findsSmallDeviationsFromLargeMeans(block: Int) throws {
    let norm = FusedNormCase(maps: Self.maps(Self.sizes[1], block: block), mean: 1000)
    let results = try #require(norm.run())
    let expected = norm.reference(positive: results.output)
    #expect(FusedNormCase.problems(results, expected, tolerance: 5e-5).isEmpty)
    for (value, wanted) in zip(results.moments, expected.moments) {
      #expect(abs(value - wanted) <= 1e-6 * wanted)
    }
  }

  @Test(arguments: FusedNormCase.Other.allCases)
  func keepsWhatIsNotANumberVisible(other: FusedNormCase.Other) throws {
    let norm = FusedNormCase(
      maps: Self.maps(Self.sizes[0], block: 8), other: other, rectifies: true)
    for poison in [Float.nan, .infinity] {
      let results = try #require(norm.run(poison: poison))
      #expect(results.output[0].isNaN)
      #expect(results.moments[0].isNaN)
      #expect(results.inputGradient[0].isNaN)
      #expect(results.parameterGradients[0].isNaN)
      // The next channel has its own statistics.
      #expect(results.output[norm.maps.rows * norm.maps.columns].isFinite)
    }
  }

  @Test func theComparisonNoticesWhatIsWrong() throws {
    let norm = FusedNormCase(maps: Self.maps(Self.sizes[0], block: 8), rectifies: true)
    let results = try #require(norm.run())
    let expected = norm.reference(positive: results.output)
    for factor in [0, -1, 1.001, .nan] {
      var wrong = results
      wrong.output = wrong.output.map { $0 * factor }
      wrong.moments = wrong.moments.map { $0 * factor }
      wrong.inputGradient = wrong.inputGradient.map { $0 * factor }
      wrong.parameterGradients = wrong.parameterGradients.map { $0 * factor }
      #expect(FusedNormCase.problems(wrong, expected, tolerance: 1e-5).count == 4)
    }
    let unlike = norm.reference(positive: results.output.map { 1 - $0 })
    #expect(!FusedNormCase.problems(results, unlike, tolerance: 1e-5).isEmpty)
  }
}
