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
      ": x_train has elements of type int32, expected uint8 (0…255), uint16 (0…65535), bool or "
        + "floating-point numbers; convert it with astype"
    ),
    (
      "x_train",
      NumPyArray(shape: [2, 5, 7], storage: .float32((0..<70).map { $0 == 2 ? .nan : 1 })),
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
      "y_train", NumPyArray(shape: [2, 1, 2], storage: .uint8([0, 1, 1, 0])),
      ": y_train has shape [2, 1, 2], expected [N] or [N, 1], or one-hot [N, classes]; "
        + "reshape the array"
    ),
    (
      "y_train", NumPyArray(shape: [2, 0], storage: .uint8([])),
      ": y_train has shape [2, 0], expected [N] or [N, 1], or one-hot [N, classes]; "
        + "reshape the array"
    ),
    (
      "y_train", NumPyArray(shape: [2, 1], storage: .float64([0, 1])),
      ": y_train has elements of type float64, expected integers; convert it with astype"
    ),
    (
      "y_train", NumPyArray(shape: [2], storage: .float32([0, 1])),
      ": y_train has elements of type float32, expected integers; convert it with astype"
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

  // One-hot labels, as `to_categorical` makes them.

  /// Class 3 has no image.
  private static let oneHot: [NumPyArray.Storage] = [
    .uint8([0, 0, 1, 0, 1, 0, 0, 0]), .int32([0, 0, 1, 0, 1, 0, 0, 0]),
    .int64([0, 0, 1, 0, 1, 0, 0, 0]), .float32([0, 0, 1, 0, 1, 0, -0.0, 0]),
    .float64([0, 0, 1, 0, 1, 0, 0, 0]),
  ]

  @Test(arguments: oneHot) func readsOneHotLabels(labels storage: NumPyArray.Storage) throws {
    var arrays = Self.arrays([5, 7])
    arrays["y_train"] = NumPyArray(shape: [2, 4], storage: storage)
    // Plain labels in one part and one-hot ones in the other say the same.
    for test in [
      NumPyArray(shape: [1, 4], storage: .float32([0, 1, 0, 0])),
      NumPyArray(shape: [1], storage: .int64([1])),
    ] {
      arrays["y_test"] = test
      let data = try Self.load(arrays)
      #expect(labels(of: data.train) == [2, 0])
      #expect(labels(of: data.test) == [1])
      #expect(data.train.classNames == ["0", "1", "2", "3"])
      #expect(data.train.classesWithoutImages() == [1, 3])
    }
  }

  static let noOneHot: [(storage: NumPyArray.Storage, found: String)] = [
    (.uint8([0, 1, 0, 0, 1, 1]), "a 1 in the columns 1 and 2"),
    (.int64([1, 0, 0, 0, 0, 0]), "no 1"),
    (.int32([1, 0, 0, 0, 2, 1]), "2 in column 1"),
    (.float32([0, 1, 0, 0.25, 0.5, 0.25]), "0.25 in column 0"),
    (.float32([0, 1, 0, 0, .nan, 1]), "nan in column 1"),
    (.float64([0, 1, 0, 0, 1, -1]), "-1 in column 2"),
  ]

  @Test(arguments: noOneHot) func saysWhichRowIsNoOneHotLabel(
    storage: NumPyArray.Storage, found: String
  ) {
    var arrays = Self.arrays([5, 7])
    arrays["y_train"] = NumPyArray(shape: [2, 3], storage: storage)
    #expect(
      Self.refusal(of: arrays)
        == ": row 1 of y_train [2, 3] has \(found), but one-hot labels have one 1 in each row and "
        + "otherwise 0; save each image's class, for example with numpy.argmax(y_train, axis=1)")
  }

  @Test func refusesOneHotLabelsOfOtherClassesInTheOtherPart() {
    var arrays = Self.arrays([5, 7])
    arrays["y_train"] = NumPyArray(shape: [2, 3], storage: .uint8([0, 0, 1, 1, 0, 0]))
    arrays["y_test"] = NumPyArray(shape: [1, 4], storage: .uint8([0, 0, 0, 1]))
    #expect(
      Self.refusal(of: arrays)
        == ": the one-hot labels in y_train are of 3 classes but those in y_test of 4; "
        + "use files that belong together")
    arrays["y_test"] = NumPyArray(shape: [1], storage: .uint8([3]))
    #expect(
      Self.refusal(of: arrays)
        == ": label 3 of image 0 is not in 0…2; correct the label or fetch the file again")
  }

  // Types of pixels other than uint8 and float32; the folder has files as only NumPy writes them.

  /// Writes two training images and one test image [1, 2], with training pixels of the given type.
  private static func load(
    pixels: [UInt8], type: String, files folder: String
  ) throws -> DatasetPair {
    var arrays = Self.arrays([1, 2])
    arrays["x_train"] = nil
    for (name, array) in arrays { try array.write(to: "\(folder)/\(name).npy") }
    let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (2, 1, 2), }"
    try write(
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
        + pixels, to: "\(folder)/x_train.npy")
    return try DatasetSource.load(folder)
  }

  static let pixelTypes: [(type: String, bytes: [UInt8], seen: [Float])] = [
    ("<u1", [0, 1, 254, 255], [0, 1 / 255, 254 / 255, 1]),
    ("=u1", [0, 1, 254, 255], [0, 1 / 255, 254 / 255, 1]),
    ("B", [0, 1, 254, 255], [0, 1 / 255, 254 / 255, 1]),
    ("|i1", [0, 1, 126, 127], [0, 1 / 255, 126 / 255, 127 / 255]),
    ("|b1", [0, 1, 1, 0], [0, 1, 1, 0]),
    ("<u2", [0, 0, 1, 0, 0xFE, 0xFF, 0xFF, 0xFF], [0, 1 / 65535, 65534 / 65535, 1]),
    (">u2", [0, 0, 0, 1, 0xFF, 0xFE, 0xFF, 0xFF], [0, 1 / 65535, 65534 / 65535, 1]),
    ("<f2", [0, 0, 0, 0x38, 0, 0x3C, 0, 0xC0], [0, 0.5, 1, -2]),
    (">f4", [0, 0, 0, 0, 0x3F, 0, 0, 0, 0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0], [0, 0.5, 1, -2]),
  ]

  @Test(arguments: pixelTypes) func readsPixelsOfOtherTypes(
    type: String, bytes: [UInt8], seen: [Float]
  ) throws {
    try withTemporaryFolder { folder in
      let data = try Self.load(pixels: bytes, type: type, files: folder)
      var found = [Float](repeating: .nan, count: 4)
      for index in 0..<2 {
        try found.withUnsafeMutableBufferPointer {
          try data.train.copyImage(
            index, normalization: .unitScale(channels: 1),
            into: try #require($0.baseAddress) + 2 * index)
        }
      }
      #expect(found == seen)
      let moments = try data.train.channelMoments()
      #expect(abs(Float(moments[0].mean) - seen.reduce(0, +) / 4) < 1e-6)
    }
  }

  @Test func refusesPixelsBelowZero() throws {
    try withTemporaryFolder { folder in
      #expect(
        message { _ = try Self.load(pixels: [0, 127, 0x80, 0xFF], type: "|i1", files: folder) }
          == "\(folder): element 2 of x_train is -128, but pixels of int8 are 0…127; convert the array "
          + "to what is meant, for example with astype('uint8') or astype('float32')")
    }
  }

  /// As macOS' Archive Utility leaves them.
  @Test func findsArraysInsideFoldersThatAreNamedLikeThem() throws {
    try withTemporaryFolder { folder in
      for (name, array) in Self.arrays([4, 8, 8]) {
        let inside = "\(folder)/\(name).npy"
        try FileManager.default.createDirectory(
          atPath: inside, withIntermediateDirectories: false)
        try array.write(to: "\(inside)/\(name).npy")
      }
      #expect(try DatasetSource.load(folder).train.imageShape == [4, 8, 8])
    }
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
