import Foundation
import TandemData
import TandemImage
import TestSupport
import Testing

@Suite struct PictureFolderTests {
  private static let small = ["train/cat/1.png", "train/dog/1.png", "val/cat/2.png"]

  /// Python's order of texts, in which torchvision and Keras number classes: capitals first,
  /// numbers by their digits, umlauts last.
  @Test func classesAndPicturesAreInTheOrderOfCodePoints() throws {
    try withPictures { tree in
      let classes = ["Zebra", "ant", "10", "9", "änderung", "b c", "b"]
      try tree.addPictures(classes.flatMap { ["train/\($0)/b.png", "train/\($0)/B.png"] })
      try tree.addPictures(["val/ant/1.png"])
      let parts = try tree.parts()
      #expect(parts.training.classNames == ["10", "9", "Zebra", "ant", "b", "b c", "änderung"])
      #expect(Array(parts.training.allNames.prefix(2)) == ["train/10/B.png", "train/10/b.png"])
      #expect(parts.measured.classNames == parts.training.classNames)
      #expect(parts.measured.countsOfClasses == [0, 0, 0, 1, 0, 0, 0])
    }
  }

  @Test(arguments: [
    ("train", "val"), ("train", "validation"), ("training_set", "test_set"), ("Train", "Test"),
  ])
  func partsHaveSeveralNames(training: String, test: String) throws {
    try withPictures { tree in
      try tree.addPictures(["\(training)/cat/1.png", "\(training)/dog/1.png", "\(test)/dog/2.png"])
      let parts = try tree.parts()
      #expect(parts.training.count == 2)
      #expect(parts.measured.allNames == ["\(test)/dog/2.png"])
      #expect(try tree.parts(.measuring).measured.countsOfClasses == [0, 1])
    }
  }

  @Test func trainingMeasuresWithValidationAndEvaluationWithTests() throws {
    try withPictures { tree in
      try tree.addPictures(["train/cat/1.png", "val/cat/2.png", "test/cat/3.png"])
      #expect(try tree.parts().measured.allNames == ["val/cat/2.png"])
      #expect(try tree.parts(.measuring).measured.allNames == ["test/cat/3.png"])
    }
  }

  /// Kaggle's archives of cats and dogs have `training_set/training_set`.
  @Test func looksIntoFoldersOfTheSameName() throws {
    try withPictures { tree in
      try tree.addPictures(["training_set/training_set/cat/1.png", "test_set/test_set/cat/2.png"])
      #expect(try tree.parts().training.allNames == ["training_set/training_set/cat/1.png"])
    }
  }

  /// As Keras counts: folder by folder in the order of their paths, with links followed.
  @Test func nestedFoldersBelongToTheirClass() throws {
    try withPictures { tree in
      try tree.addPictures([
        "train/cat/z.png", "train/cat/b/2.png", "train/cat/a b/4.png", "train/cat/a/3.png",
        "train/cat/b/deep/1.png", "elsewhere/5.png", "val/cat/1.png",
      ])
      try FileManager.default.createSymbolicLink(
        atPath: tree.folder + "/train/cat/link",
        withDestinationPath: tree.folder + "/elsewhere")
      #expect(
        try tree.parts().training.allNames == [
          "train/cat/z.png", "train/cat/a/3.png", "train/cat/a b/4.png", "train/cat/b/2.png",
          "train/cat/b/deep/1.png", "train/cat/link/5.png",
        ])
    }
  }

  @Test func leavesOutWhatSystemsAndProgramsPutThere() throws {
    try withPictures { tree in
      try tree.addPictures(Self.small)
      try tree.addPictures([
        "train/.ipynb_checkpoints/x-checkpoint.png", "train/cat/._1.png",
        "train/cat/.ipynb_checkpoints/1-checkpoint.png", "train/__MACOSX/cat/._1.png",
        "train/loose.png",
      ])
      try tree.write([1, 2, 3], to: "train/cat/Thumbs.db")
      try tree.write([1, 2, 3], to: "train/.DS_Store")
      try tree.write(Array("about cats".utf8), to: "train/cat/notes.txt")
      let parts = try tree.parts()
      #expect(parts.training.allNames == ["train/cat/1.png", "train/dog/1.png"])
      let leftOut = parts.training.leftOut
      #expect(leftOut.count(.hidden) == 4)
      #expect(leftOut.count(.ofSystems) == 2)
      #expect(leftOut.count(.noPicture) == 1)
      #expect(leftOut.count(.withoutClass) == 1)
      #expect(parts.summary.contains("8 left out: 4 hidden (train/"))
      #expect(parts.summary.contains("1 no pictures (train/cat/notes.txt)"))
    }
  }

  /// What a file is, its contents decide.
  @Test func picturesNeedNoEnding() throws {
    try withPictures { tree in
      try tree.addPictures(Self.small + ["train/cat/2", "train/cat/3.picture"])
      #expect(
        try tree.parts().training.allNames == [
          "train/cat/1.png", "train/cat/2", "train/cat/3.picture", "train/dog/1.png",
        ])
    }
  }

  @Test func linksInCirclesAreLeftOut() throws {
    try withPictures { tree in
      try tree.addPictures(Self.small)
      try FileManager.default.createSymbolicLink(
        atPath: tree.folder + "/train/cat/up", withDestinationPath: "..")
      try FileManager.default.createSymbolicLink(
        atPath: tree.folder + "/train/cat/self", withDestinationPath: ".")
      let parts = try tree.parts()
      #expect(parts.training.leftOut.count(.linkLoop) > 0)
      #expect(parts.training.allNames.contains("train/cat/1.png"))
      #expect(parts.training.count < 20)
    }
  }

  // MARK: - Faults

  private func fact(_ body: () throws -> Void) -> PictureFolderError.Fact? {
    do {
      try body()
      return nil
    } catch {
      return (error as? PictureFolderError)?.fact
    }
  }

  @Test func classesThatDifferByCaseAreRefused() throws {
    try withPictures { tree in
      try tree.addPictures(Self.small + ["train/Cat/1.png"])
      #expect(fact { _ = try tree.parts() } == .classesDifferByCase("Cat", "cat"))
      #expect(
        message { _ = try tree.parts() }
          == "\(tree.folder): the classes Cat and cat differ only by case; put their pictures into one "
          + "folder, or give them different names")
    }
  }

  @Test func emptyClassesAreRefused() throws {
    try withPictures { tree in
      try tree.addPictures(Self.small)
      try tree.write(Array("later".utf8), to: "train/bird/readme.txt")
      #expect(fact { _ = try tree.parts() } == .emptyClass(name: "bird", part: "training"))
      try tree.addPictures(["train/bird/1.png"])
      try tree.makeFolder("val/dog")
      #expect(try tree.parts().training.count == 3)
    }
  }

  @Test func classesOfTestsMustBeKnown() throws {
    try withPictures { tree in
      try tree.addPictures(Self.small + ["val/wolf/1.png"])
      #expect(
        fact { _ = try tree.parts() }
          == .unknownClass(name: "wolf", part: "val/", known: ["cat", "dog"]))
    }
  }

  @Test func picturesToMeasureWithAreNeeded() throws {
    try withPictures { tree in
      try tree.addPictures(["train/cat/1.png", "train/dog/1.png"])
      #expect(
        fact { _ = try tree.parts() } == .nothingToMeasureWith(found: "2 of 2 classes"))
      try tree.addPictures(["val/cat/2.png"])
      #expect(
        fact { _ = try tree.parts { $0.validationShare = 0.5 } }
          == .nothingToSplit(part: "validation"))
    }
  }

  @Test func foldersWithoutPicturesAreNone() throws {
    try withPictures { tree in
      try tree.write(Array("x".utf8), to: "a/notes.txt")
      #expect(
        message { _ = try tree.parts() }?.hasPrefix(
          "\(tree.folder): no data set was recognised here; name ") == true)
      try FileManager.default.removeItem(atPath: tree.folder + "/a")
      try tree.write(Array("x".utf8), to: "b/text.jpg")
      #expect(
        message { _ = try tree.parts(.measuring) }?.hasPrefix(
          "\(tree.folder): 1 of 1 pictures cannot be read (b/text.jpg: this is text") == true)
    }
  }

  /// A folder of data sets is no data set of their names.
  @Test func namesTheDataSetsInside() throws {
    try withPictures { tree in
      try tree.addPictures(["one/train/cat/1.png", "one/val/cat/1.png", "two/train/cat/1.png"])
      #expect(
        message { _ = try tree.parts() }
          == "\(tree.folder): no data set was recognised here, but in folders inside: name "
          + "\(tree.folder)/one or \(tree.folder)/two")
    }
  }

  @Test func foldersThatCannotBeReadAreNamed() throws {
    try withPictures { tree in
      try tree.addPictures(Self.small)
      try #require(chmod(tree.folder + "/train/dog", 0) == 0)
      defer { chmod(tree.folder + "/train/dog", 0o755) }
      // Root may read everything.
      guard access(tree.folder + "/train/dog", R_OK) != 0 else { return }
      #expect(
        message { _ = try tree.parts() }?.hasPrefix(
          "cannot read \(tree.folder)/train/dog: permission denied") == true)
    }
  }
}
