import Foundation
import TandemData
import TandemTensor
import Testing

@Suite struct DatasetFingerprintTests {
  private func digest(_ bytes: [UInt8]) -> UInt64 {
    var digest = ContentDigest()
    digest.add(bytes)
    return digest.value
  }

  /// Published values of XXH64 with the seed 0; the last input is longer than the 32 bytes that the
  /// algorithm takes at a time.
  @Test(
    arguments: [
      ([], 0xEF46_DB37_51D8_E999),
      (Array("a".utf8), 0xD24E_C4F1_A98C_6E5B),
      (Array("abc".utf8), 0x44BC_2CF5_AD77_0999),
      (Array("Nobody inspects the spammish repetition".utf8), 0xFBCE_A83C_8A37_8BF1),
    ] as [([UInt8], UInt64)])
  func digestsOfTheSpecification(bytes: [UInt8], value: UInt64) {
    #expect(digest(bytes) == value)
  }

  @Test func everyBitAndTheCutsBetweenPiecesCount() {
    for count in [1, 7, 31, 32, 33, 100] {
      let bytes = (0..<count).map { UInt8($0) }
      var seen: Set = [digest(bytes), digest(bytes + [0])]
      for bit in 0..<count * 8 {
        var changed = bytes
        changed[bit / 8] ^= 1 << (bit % 8)
        seen.insert(digest(changed))
      }
      #expect(seen.count == count * 8 + 2)
    }
    func digestOfPieces(_ pieces: [String]) -> UInt64 {
      var digest = ContentDigest()
      for piece in pieces { digest.add(piece) }
      return digest.value
    }
    let cuts = [["abc"], ["ab", "c"], ["a", "bc"], ["", "abc"], ["abc", ""], ["c", "ab"]]
    #expect(Set(cuts.map(digestOfPieces)).count == cuts.count)
  }

  private func dataset(
    name: String = "test", shape: Shape = [1, 2, 2], classNames: [String] = ["a", "b"],
    pixels: [UInt8] = Array(0..<12), labels: [Int32] = [0, 1, 0]
  ) -> InMemoryDataset {
    InMemoryDataset(
      name: name, imageShape: shape, classNames: classNames, pixels: .uint8(pixels), labels: labels)
  }

  @Test func sameContentsUnderAnotherNameAreTheSame() {
    let original = dataset().fingerprint()
    #expect(dataset(name: "other").fingerprint() == original)
    #expect(original.images == 3 && original.imageShape == [1, 2, 2] && original.classes == 2)
    let longer = dataset(pixels: Array(0..<16), labels: [0, 1, 0, 1])
    #expect(longer.prefix(3).fingerprint() == original)
    #expect(longer.fingerprint() != original)
  }

  @Test func whateverDiffersShows() {
    let floats = InMemoryDataset(
      name: "test", imageShape: [1, 2, 2], classNames: ["a", "b"],
      pixels: .float32((0..<12).map { Float($0) }), labels: [0, 1, 0])
    var pixels: [UInt8] = Array(0..<12)
    pixels[7] ^= 1
    let fingerprints = [
      dataset(), dataset(shape: [1, 1, 4]), dataset(shape: [2, 1, 2]),
      dataset(classNames: ["a", "c"]), dataset(classNames: ["a", "b", "c"]),
      dataset(labels: [0, 1, 1]), dataset(pixels: pixels), floats, dataset().prefix(2),
    ].map { $0.fingerprint() }
    #expect(Set(fingerprints.map(\.digest)).count == fingerprints.count)
  }

  /// The same on every machine and with every version; the first one was computed independently
  /// from the specification of XXH64.
  @Test func valuesDoNotChange() {
    #expect(
      dataset().fingerprint().description
        == "3 images [1, 2, 2] of 2 classes with the digest 850ea02d8228ddec")
    #expect(
      ShapesGenerator().dataset(0..<10).fingerprint().description
        == "10 images [1, 24, 24] of 3 classes with the digest 912dd93342d3a216")
  }

  @Test func isCoded() throws {
    let original = dataset().fingerprint()
    let data = try JSONEncoder().encode(original)
    #expect(try JSONDecoder().decode(DatasetFingerprint.self, from: data) == original)
  }

  /// For a data set that has no way of its own, every image is read.
  @Test func anyDatasetHasOne() throws {
    let numbers = try LoaderTests.Numbers(count: 20).fingerprint()
    #expect(try LoaderTests.Numbers(count: 20).fingerprint() == numbers)
    #expect(try LoaderTests.Numbers(count: 21).fingerprint() != numbers)
    #expect(throws: LoaderTests.Numbers.Failure(image: 7)) {
      try LoaderTests.Numbers(count: 20, failing: 7).fingerprint()
    }
  }
}
