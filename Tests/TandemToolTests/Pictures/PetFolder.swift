import Foundation
import TandemImage
import Testing

/// Pictures of two classes that can be told apart, of several sizes, with a cache beside them.
struct PetFolder {
  let folder: TemporaryFolder
  static let classes = ["light", "dark"]

  var path: String { folder.path("pets") }
  var cache: String { folder.path("cache") }

  /// - Parameter each: pictures of each class, for training and for validation.
  init(in folder: TemporaryFolder, each: (train: Int, val: Int) = (10, 4)) throws {
    self.folder = folder
    for (part, count) in [("train", each.train), ("val", each.val)] {
      for (label, name) in Self.classes.enumerated() {
        for number in 0..<count {
          try folder.write(
            Self.picture(label, number + (part == "val" ? 100 : 0)),
            to: "pets/\(part)/\(name)/\(number).\(number % 2 == 0 ? "png" : "jpg")")
        }
      }
    }
  }

  /// Noise around a light or a dark grey, tinted.
  static func picture(_ label: Int, _ number: Int) throws -> [UInt8] {
    let (width, height) = (20 + number % 7, 18 + number % 5)
    let base = label == 0 ? 170 : 60
    let picture = Picture(
      width: width, height: height, channels: .colour,
      samples: (0..<width * height * 3).map { index in
        UInt8(base + (index &* 7919 &+ number &* 104_729) % 61 + 10 * (index % 3))
      })
    return number % 2 == 0
      ? try PictureEncoder.png(picture) : try PictureEncoder.jpeg(picture, quality: 90)
  }

  /// Runs the tool with the folder's own cache.
  func run(
    _ line: String, input: String = "/dev/null", sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> ToolRun {
    try ToolRun(
      line.split(separator: " ").map(String.init),
      shell: "XDG_CACHE_HOME='\(cache)' exec \"$@\" < '\(input)'", sourceLocation: sourceLocation)
  }

  /// The bytes of a run's weights.
  func weights(_ run: String) throws -> Data {
    try Data(
      contentsOf: URL(filePath: folder.path(run) + "/checkpoint-last/model.safetensors"))
  }
}
