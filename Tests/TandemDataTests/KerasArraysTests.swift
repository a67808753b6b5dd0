import Foundation
import TandemData
import TandemTensor
import TestSupport
import Testing

@Suite struct KerasArraysTests {
  typealias Arrays = [String: NumPyArray]

  /// Two training images and one test image of the given shape; pixel i of an array is i.
  private static func arrays(_ imageShape: [Int]) -> Arrays {
    func images(_ count: Int) -> NumPyArray {
      let shape = Shape([count] + imageShape)
      return NumPyArray(
        shape: shape,
        storage: .uint8((0..<shape.elementCount).map { UInt8(truncatingIfNeeded: $0) }))
    }
    return [
      "x_train": images(2), "y_train": NumPyArray(shape: [2], storage: .uint8([2, 0])),
      "x_test": images(1), "y_test": NumPyArray(shape: [1, 1], storage: .int64([1])),
    ]
  }

  private static func load(_ arrays: Arrays) throws -> DatasetPair {
    try withTemporaryFolder { folder in
      let path = folder + "/set.npz"
      try NumPyArchive.write(arrays.map { ($0.key, $0.value) }, to: path, compressed: true)
      return try DatasetSource.load(path)
    }
  }

  /// What is said of the arrays, without the path in front.
  private static func refusal(of arrays: Arrays) -> String? {
    message { _ = try load(arrays) }
      .map { $0.components(separatedBy: "set.npz").dropFirst().joined() }
  }

  @Test func readsGreyImages() throws {
    let data = try Self.load(Self.arrays([5, 7]))
    #expect(data.train.name == "set.npz")
    #expect(data.train.imageShape == [1, 5, 7])
    #expect(data.train.classNames == ["0", "1", "2"])
    #expect(labels(of: data.train) == [2, 0])
    #expect(labels(of: data.test) == [1])
    #expect(try image(1, of: data.train) == (35..<70).map { Float($0) })
  }

  @Test func readsChannelsLast() throws {
    let data = try Self.load(Self.arrays([5, 6, 3]))
    #expect(data.train.imageShape == [3, 5, 6])
    let expected = (0..<3).flatMap { channel in
      (0..<30).map { Float(90 + 3 * $0 + channel) }
    }
    #expect(try image(1, of: data.train) == expected)
  }

  @Test func readsChannelsFirst() throws {
    let data = try Self.load(Self.arrays([3, 5, 6]))
    #expect(data.train.imageShape == [3, 5, 6])
    #expect(try image(1, of: data.train) == (90..<180).map { Float($0) })
  }

  @Test func takesFloatsAsTheyAre() throws {
    var arrays = Self.arrays([5, 7])
    let values = (0..<70).map { Float($0) / 69 - 0.25 }
    arrays["x_train"] = NumPyArray(shape: [2, 5, 7], storage: .float32(values))
    arrays["x_test"] = NumPyArray(
      shape: [1, 5, 7, 1], storage: .float64((0..<35).map { Double($0) }))
    let data = try Self.load(arrays)
    var first = [Float](repeating: 0, count: 35)
    try data.train.copyImage(1, normalization: .unitScale(channels: 1), into: &first)
    #expect(first == Array(values[35...]))
    try data.test.copyImage(
      0, normalization: Normalization(mean: [2], standardDeviation: [4]), into: &first)
    #expect(first == (0..<35).map { (Float($0) - 2) / 4 })
  }

  @Test func readsFolderOfArrays() throws {
    try withTemporaryFolder { folder in
      for (name, array) in Self.arrays([4, 8, 8]) { try array.write(to: "\(folder)/\(name).npy") }
      let data = try DatasetSource.load(folder)
      #expect(data.train.imageShape == [4, 8, 8])
      try FileManager.default.removeItem(atPath: folder + "/y_test.npy")
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "cannot read \(folder)/y_test.npy: no such file or directory; check the path")
    }
  }

  static let refusals: [(array: String, replacement: NumPyArray, message: String)] = [
    (
      "x_train", NumPyArray(shape: [2, 8], storage: .uint8(Array(0..<16))),
      ": x_train has shape [2, 8], expected [N, H, W], [N, H, W, C] or [N, C, H, W]; "
        + "reshape the array"
    ),
    (
      "x_train", NumPyArray(shape: [2, 3, 4, 3], storage: .uint8(Array(0..<72))),
      ": x_train of shape [2, 3, 4, 3] may be [N, H, W, C] or [N, C, H, W], as both its second and "
        + "its last extent could be 1 to 4 channels; for grey images leave that axis out"
    ),
    (
      "x_test", NumPyArray(shape: [1, 5, 2, 6], storage: .uint8(Array(0..<60))),
      ": x_test of shape [1, 5, 2, 6] has neither 1 to 4 channels last, [N, H, W, C], nor in second "
        + "place, [N, C, H, W]; reorder the array with numpy.moveaxis"
    ),
    (
      "x_train", NumPyArray(shape: [1, 1, 2], storage: .int32([1, 2])),
      ": there are 1 images but 2 labels in y_train; use files that belong together"
    ),
    (
      "x_train", NumPyArray(shape: [2, 1, 2], storage: .int32([1, 2, 3, 4])),
      ": x_train has elements of type integer, expected uint8 or float32; convert it with astype"
    ),
    (
      "x_train", NumPyArray(shape: [2, 1, 2], storage: .float32([1, 2, .nan, 4])),
      ": element 2 of x_train is not a finite number; correct the array"
    ),
    (
      "x_train", NumPyArray(shape: [2, 5, 6], storage: .uint8(Array(0..<60))),
      ": training images are [1, 5, 6] but test images [1, 5, 7]; use files that belong together"
    ),
    (
      "x_test", NumPyArray(shape: [0, 5, 7], storage: .uint8([])),
      ": there are no images; use a data set with at least one"
    ),
    (
      "x_test", NumPyArray(shape: [1, 5, 0], storage: .uint8([])),
      ": images of shape [1, 5, 0] have no pixels; fetch the file again"
    ),
    (
      "y_train", NumPyArray(shape: [2, 3], storage: .uint8([0, 0, 1, 0, 1, 0])),
      ": y_train has shape [2, 3], expected [N] or [N, 1]; reshape the array"
    ),
    (
      "y_train", NumPyArray(shape: [2], storage: .float32([0, 1])),
      ": y_train has elements of type floating-point, expected integers; convert it with astype"
    ),
    (
      "y_train", NumPyArray(shape: [2], storage: .int32([0, -1])),
      ": label -1 of image 1 is not in 0…65535; correct the label or fetch the file again"
    ),
    (
      "y_test", NumPyArray(shape: [1], storage: .int64([1 << 40])),
      ": label 1099511627776 of image 0 is above the limit of 65536 classes; "
        + "number the classes 0, 1, 2 and so on"
    ),
  ]

  @Test(arguments: refusals) func refuses(
    array: String, replacement: NumPyArray, message expected: String
  ) {
    var arrays = Self.arrays([5, 7])
    arrays[array] = replacement
    #expect(Self.refusal(of: arrays) == expected)
  }

  @Test func namesTheArraysThatAreThere() {
    var arrays = Self.arrays([5, 7])
    arrays["images"] = arrays.removeValue(forKey: "x_train")
    arrays["y_train"] = nil
    arrays["x_test"] = nil
    arrays["y_test"] = nil
    #expect(
      Self.refusal(of: arrays)
        == ", array \"x_train\": there is no such array; the archive has \"images\"")
  }

  /// 300 images of ten classes, one label of 255.
  @Test func noticesAStrayLabel() {
    var labels = (0..<300).map { UInt8($0 % 10) }
    labels[123] = 255
    var arrays = Self.arrays([1, 1])
    arrays["x_train"] = NumPyArray(
      shape: [300, 1, 1], storage: .uint8(Array(repeating: 1, count: 300)))
    arrays["y_train"] = NumPyArray(shape: [300], storage: .uint8(labels))
    #expect(
      Self.refusal(of: arrays)
        == ": label 255 of image 123 makes 256 classes, but only 11 occur; "
        + "number the classes 0, 1, 2 and so on")
  }

  /// Headers of arrays that claim anything: refused, or read as what they say.
  @Test(arguments: ["x_train", "y_test"]) func survivesDamage(name: String) throws {
    try withTemporaryFolder { folder in
      let arrays = Self.arrays([3, 5, 7])
      for (name, array) in arrays { try array.write(to: "\(folder)/\(name).npy") }
      let path = "\(folder)/\(name).npy"
      let original = try bytes(of: path)
      var copies = damagedCopies(of: original, truncations: 50, mutations: 500)
      for digit in UInt8(ascii: "0")...UInt8(ascii: "9") {
        for position in original.indices.prefix(100)
        where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(original[position]) {
          var copy = original
          copy[position] = digit
          copies.append(copy)
        }
      }
      for copy in copies {
        try write(copy, to: path)
        let error = message { _ = try DatasetSource.load(folder) }
        if copy.count < original.count { #expect(error != nil) }
        #expect(error?.contains("\n") != true)
      }
    }
  }
}
