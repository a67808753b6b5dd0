import Foundation
import TandemData
import TandemImage
import TestSupport
import Testing

@Suite struct BrokenPictureTests {
  /// Good pictures of two classes, and broken ones of several kinds among them.
  private func addPictures(to tree: PictureTree) throws {
    try tree.addPictures(["train/cat/1.png", "train/cat/5.png", "train/dog/1.png", "val/cat/1.png"])
    let noise = Picture(
      width: 40, height: 30, channels: .colour,
      samples: (0..<3600).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) })
    let jpeg = try PictureEncoder.jpeg(noise)
    try tree.write(jpeg, to: "train/cat/3.jpg")
    try tree.write(Array(jpeg.prefix(jpeg.count / 2)), to: "train/cat/2.jpg")
    try tree.write([], to: "train/cat/4.jpg")
    try tree.write(Array("404 not found\n".utf8), to: "train/dog/2.jpg")
    try FileManager.default.createSymbolicLink(
      atPath: tree.folder + "/train/dog/3.jpg", withDestinationPath: "nowhere.jpg")
  }

  @Test func allAreFoundBeforeTheFirstEpoch() throws {
    try withPictures { tree in
      try addPictures(to: tree)
      let text = try #require(message { _ = try tree.parts() })
      #expect(text.hasPrefix("\(tree.folder): 4 of 8 pictures cannot be read (train/cat/2.jpg: "))
      #expect(
        text.hasSuffix(
          "; train/cat/4.jpg: the file is empty; train/dog/2.jpg: this is text, not a picture; …); mend or "
            + "remove them, or leave them out with `skipsBroken`"), "\(text)")
      let error = #expect(throws: PictureFolderError.self) { _ = try tree.parts() }
      guard case .broken(let pictures, of: 8)? = error?.fact else {
        Issue.record("\(text)")
        return
      }
      #expect(
        pictures.map(\.name)
          == ["train/cat/2.jpg", "train/cat/4.jpg", "train/dog/2.jpg", "train/dog/3.jpg"])
      #expect(pictures[3].problem == "no such file or directory")
    }
  }

  @Test func theyCanBeLeftOutWithAList() throws {
    try withPictures { tree in
      try addPictures(to: tree)
      let parts = try tree.parts { $0.skipsBroken = true }
      #expect(
        parts.training.allNames
          == ["train/cat/1.png", "train/cat/3.jpg", "train/cat/5.png", "train/dog/1.png"])
      #expect(parts.notes.count == 5)
      #expect(parts.notes[0] == "4 of 8 pictures are broken and left out of training:")
      #expect(parts.notes[1].hasPrefix("train/cat/2.jpg: the JPEG"))
    }
  }

  /// Ranks compare what they leave out by the digest of what they keep.
  @Test func whatIsLeftOutChangesTheFingerprint() throws {
    try withPictures { tree in
      try addPictures(to: tree)
      let recipe = PictureRecipe(imageShape: [3, 4, 4])
      func print() throws -> DatasetFingerprint {
        try tree.parts { $0.skipsBroken = true }.datasets(recipe).train.fingerprint()
      }
      let before = try print()
      #expect(try print() == before)
      try tree.addPictures(["train/cat/4.jpg"])
      #expect(try print().contents != before.contents)
    }
  }

  @Test func aMendedPictureIsFound() throws {
    try withPictures { tree in
      try addPictures(to: tree)
      try tree.age()
      #expect(try tree.parts { $0.skipsBroken = true }.training.count == 4)
      try tree.addPictures(["train/cat/4.jpg"])
      try tree.age()
      #expect(try tree.parts { $0.skipsBroken = true }.training.count == 5)
    }
  }

  @Test func allBrokenIsAnError() throws {
    try withPictures { tree in
      try tree.write([1], to: "train/cat/1.jpg")
      try tree.addPictures(["val/cat/1.jpg"])
      #expect(
        message { _ = try tree.parts { $0.skipsBroken = true } }
          == "\(tree.folder): all 1 pictures are broken; fetch them again")
    }
  }

  /// A header of a picture that nobody has memory for.
  @Test func bombsAreRefusedByTheirSize() throws {
    try withPictures { tree in
      try tree.addPictures(["train/cat/1.png", "val/cat/1.png"])
      var bomb = try PictureTree.png([1, 2, 3])
      // The width and height in IHDR, whose checksum comes after them.
      bomb.replaceSubrange(16..<24, with: [0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60])
      try tree.write(bomb, to: "train/cat/2.png")
      #expect(message { _ = try tree.parts() }?.contains("1 of 2 pictures cannot be read") == true)
    }
  }

  @Test func aPictureThatChangesIsNamed() throws {
    try withPictures { tree in
      try tree.addPictures(["train/cat/1.png", "val/cat/1.png"])
      let train = try tree.parts().datasets(PictureRecipe(imageShape: [3, 2, 2])).train
      try tree.write([1, 2, 3], to: "train/cat/1.png")
      #expect(
        message { _ = try image(0, of: train) }
          == "\(tree.folder): the picture train/cat/1.png has changed since the folder was listed; "
          + "start again with `verifies`")
    }
  }
}
