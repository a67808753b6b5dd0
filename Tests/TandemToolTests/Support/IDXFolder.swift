import Foundation

/// A small data set in the files of MNIST: grey images whose brightness is their class, so that any
/// network learns it.
struct IDXFolder {
  let folder: TemporaryFolder
  let name: String
  var path: String { folder.path(name) }

  static let files = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
  ]

  init(
    in folder: TemporaryFolder, name: String = "grey", train: Int = 40, test: Int = 20,
    side: Int = 8
  ) throws {
    self.folder = folder
    self.name = name
    for (prefix, count) in [("train", train), ("t10k", test)] {
      let labels = (0..<count).map { UInt8($0 % 10) }
      let pixels = labels.flatMap { [UInt8](repeating: $0 * 25, count: side * side) }
      try write(
        Self.header(0x0803, [count, side, side]) + pixels, to: "\(prefix)-images-idx3-ubyte")
      try write(Self.header(0x0801, [count]) + labels, to: "\(prefix)-labels-idx1-ubyte")
    }
  }

  /// The magic number and the extents, big-endian.
  static func header(_ magic: UInt32, _ extents: [Int]) -> [UInt8] {
    ([magic] + extents.map(UInt32.init)).flatMap { value in
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
  }

  func write(_ bytes: [UInt8], to file: String) throws {
    try folder.write(bytes, to: "\(name)/\(file)")
  }

  func bytes(of file: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: "\(path)/\(file)")))
  }
}
