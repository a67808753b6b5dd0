import Foundation
import TandemData
import TestSupport
import Testing

/// Splits, names of flat folders, and tables.
@Suite struct OtherLayoutTests {
  // MARK: - Splits

  @Test func aShareOfEachClassIsSplitOff() throws {
    try withPictures { tree in
      try tree.addPictures((0..<10).map { "cat/\($0).png" } + (0..<4).map { "dog/\($0).png" })
      func split(_ seed: UInt64 = 0) throws -> PictureParts {
        try tree.parts {
          $0.validationShare = 0.2
          $0.splitSeed = seed
        }
      }
      let parts = try split()
      #expect(parts.training.countsOfClasses == [8, 3])
      #expect(parts.measured.countsOfClasses == [2, 1])
      let all = parts.training.allNames + parts.measured.allNames
      #expect(Set(all).count == 14)
      #expect(try split().measured.allNames == parts.measured.allNames)
      #expect(
        try (1..<8).contains { try split($0).measured.allNames != parts.measured.allNames })
    }
  }

  /// The same split when only the pictures to measure with are wanted.
  @Test func evaluationMeasuresWithTheSameSplit() throws {
    try withPictures { tree in
      try tree.addPictures((0..<10).map { "cat/\($0).png" })
      let share: (inout PictureOptions) -> Void = { $0.validationShare = 0.3 }
      #expect(
        try tree.parts(.measuring, nil, share).measured.allNames
          == tree.parts(.training, nil, share).measured.allNames)
      #expect(try tree.parts(.measuring).measured.count == 10)
    }
  }

  @Test func oneOfEachCannotBeSplit() throws {
    try withPictures { tree in
      try tree.addPictures(["cat/1.png", "dog/1.png"])
      #expect(
        message { _ = try tree.parts { $0.validationShare = 0.5 } }
          == "\(tree.folder): the class cat has a single image, so that a split for validation leaves "
          + "one side without any of it; add others, remove it, or train without `validationShare`")
    }
  }

  /// Pictures for tests are kept for the end.
  @Test func aSplitLeavesTestsAlone() throws {
    try withPictures { tree in
      try tree.addPictures((0..<10).map { "train/cat/\($0).png" } + ["test/cat/1.png"])
      let share: (inout PictureOptions) -> Void = { $0.validationShare = 0.3 }
      let parts = try tree.parts(.training, nil, share)
      #expect(parts.training.count == 7 && parts.measured.count == 3)
      #expect(parts.measured.allNames.allSatisfy { $0.hasPrefix("train/") })
      #expect(try tree.parts(.measuring, nil, share).measured.allNames == ["test/cat/1.png"])
    }
  }

  // MARK: - Flat folders

  @Test func namesTellClassesAsInKagglesCompetitions() throws {
    try withPictures { tree in
      try tree.addPictures([
        "train/dog.10.png", "train/cat.2.png", "train/cat.10.png", "train/wild.cat.1.png",
        "train/nameless.png", "val/dog.3.png",
      ])
      let parts = try tree.parts()
      #expect(parts.training.classNames == ["cat", "dog", "wild.cat"])
      #expect(
        parts.training.allNames == [
          "train/cat.10.png", "train/cat.2.png", "train/dog.10.png", "train/wild.cat.1.png",
        ])
      #expect(parts.training.leftOut.count(.withoutClass) == 1)
      #expect(parts.measured.countsOfClasses == [0, 1, 0])
    }
  }

  @Test func aFlatFolderCanBeSplit() throws {
    try withPictures { tree in
      try tree.addPictures((0..<10).flatMap { ["cat.\($0).png", "dog.\($0).png"] })
      let parts = try tree.parts { $0.validationShare = 0.2 }
      #expect(parts.training.countsOfClasses == [8, 8])
    }
  }

  /// Kaggle's tests have no labels.
  @Test func testsWithoutClassesAreNoTests() throws {
    try withPictures { tree in
      try tree.addPictures(["train/cat.1.png", "train/cat.2.png", "test/1.png"])
      #expect(
        try tree.parts { $0.validationShare = 0.5 }.measured.countsOfClasses == [1])
    }
  }

  // MARK: - Tables

  @Test func tablesNamePicturesAndParts() throws {
    try withPictures { tree in
      try tree.addPictures(["a/1.png", "a/2.png", "b, c/3.png"])
      let text =
        "\u{FEFF}label,path,split\r\ndog,a/1.png,train\r\n cat , a/2.png ,train\r\n"
        + "dog,\"b, c/3.png\",val\r\n"
      try tree.write(Array(text.utf8), to: "labels.csv")
      let parts = try tree.parts(.training, "labels.csv")
      #expect(parts.training.classNames == ["cat", "dog"])
      #expect(parts.training.allNames == ["a/1.png", "a/2.png"])
      #expect(parts.measured.allNames == ["b, c/3.png"])
      #expect(parts.training.countsOfClasses == [1, 1])
    }
  }

  @Test func tablesNeedNoHeaderAndNumbersAreInTheirOrder() throws {
    try withPictures { tree in
      let names = (0..<12).map { "\($0).png" }
      try tree.addPictures(names)
      let rows = names.enumerated().map { "\($1),\($0)\n" }.joined()
      try tree.write(Array(rows.utf8), to: "train.csv")
      try tree.write(Array("3.png,11".utf8), to: "val.csv")
      let parts = try tree.parts()
      #expect(parts.training.classNames == (0..<12).map(String.init))
      #expect(parts.measured.countsOfClasses == (0..<12).map { $0 == 11 ? 1 : 0 })
    }
  }

  @Test(arguments: [
    ("path,name\n1.png,cat\n", "line 1: there is no column called label"),
    ("path,label\n1.png,cat\n1.png\n", "line 3: a path and a label are needed"),
    ("path,label\n1.png,cat\n1.png,\n", "line 3: a path and a label are needed"),
    ("path,label,split\n1.png,cat,none\n", "line 2: the part is not train, val or test"),
  ])
  func faultsOfTablesAreNamedByTheirLine(text: String, expected: String) throws {
    try withPictures { tree in
      try tree.addPictures(["1.png"])
      try tree.write(Array(text.utf8), to: "labels.csv")
      let text = message { _ = try tree.parts(.measuring, "labels.csv") }
      #expect(text?.hasPrefix("\(tree.folder)/labels.csv: \(expected)") == true, "\(text ?? "")")
    }
  }

  @Test func picturesThatATableNamesMustBeThere() throws {
    try withPictures { tree in
      try tree.write(Array("path,label\n1.png,cat\n".utf8), to: "labels.csv")
      #expect(
        message { _ = try tree.parts(.measuring, "labels.csv") }?.contains(
          "(1.png: no such file or directory)") == true)
    }
  }
}
