import Foundation
import TandemData
import TandemImage
import TestSupport
import Testing

/// A folder of small pictures for tests, with a cache of its own.
struct PictureTree {
  let folder: String
  let cache: String

  /// - Parameter temporary: of `withTemporaryFolder`.
  init(in temporary: String) {
    folder = temporary + "/pets"
    cache = temporary + "/cache"
  }

  static func png(_ pixel: [UInt8], width: Int = 4, height: Int = 3) throws -> [UInt8] {
    try PictureEncoder.png(Picture(width: width, height: height, filledWith: pixel))
  }

  func write(_ bytes: [UInt8], to path: String) throws {
    let url = URL(fileURLWithPath: folder + "/" + path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  /// Writes a picture of one colour to each path.
  func addPictures(_ paths: [String], pixel: [UInt8] = [200, 30, 30]) throws {
    let bytes = try Self.png(pixel)
    for path in paths { try write(bytes, to: path) }
  }

  func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(
      atPath: folder + "/" + path, withIntermediateDirectories: true)
  }

  func options(_ change: (inout PictureOptions) -> Void = { _ in }) -> PictureOptions {
    var options = PictureOptions()
    options.cacheFolder = cache
    change(&options)
    return options
  }

  /// The listed pictures.
  func parts(
    _ use: PictureFolder.Use = .training, _ path: String? = nil,
    _ change: (inout PictureOptions) -> Void = { _ in }
  ) throws -> PictureParts {
    let opened = try DatasetSource.open(
      path.map { folder + "/" + $0 } ?? folder, use: use, pictures: options(change))
    guard case .pictures(let parts) = opened else {
      throw DataError(path: folder, fact: .notRecognised)
    }
    return parts
  }

  /// Sets the times of everything to long ago, so that listings are kept.
  func age() throws {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
    for path in [folder] + names.map({ folder + "/" + $0 }) {
      var times = [timeval(tv_sec: 1_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000, tv_usec: 0)]
      // Links to nothing have no times.
      try #require(utimes(path, &times) == 0 || errno == ENOENT)
    }
  }
}

/// Runs `body` with a folder of pictures, which is removed afterwards.
func withPictures<Result>(_ body: (PictureTree) throws -> Result) throws -> Result {
  try withTemporaryFolder { try body(PictureTree(in: $0)) }
}

extension PictureListing {
  /// Where the pictures are, in their order.
  var allNames: [String] { (0..<count).map { name($0) } }
}
