import Foundation
import TandemData
import TandemTensor
import TestSupport
import Testing

/// Data sets in MNIST's format with other classes than ten, and with files called as EMNIST's are.
@Suite struct EMNISTTests {
  /// Writes images [1, 1, 2] with the given labels; pixels are the label and 7.
  private static func write(
    train: [UInt8], test: [UInt8], to folder: String, start: String = "", testPart: String = "t10k",
    suffix: String = ""
  ) throws {
    for (part, labels) in [("train", train), (testPart, test)] {
      let count = UInt32(labels.count)
      for (name, contents) in [
        ("images-idx3", MNISTFolderTests.idx([count, 1, 2], labels.flatMap { [$0, 7] })),
        ("labels-idx1", MNISTFolderTests.idx([count], labels)),
      ] {
        try TestSupport.write(
          suffix == ".gz" ? gzipMember(contents) : contents,
          to: "\(folder)/\(start)\(part)-\(name)-ubyte\(suffix)")
      }
    }
  }

  /// EMNIST has 26 letters, 47 balanced classes and 62 by class.
  @Test(arguments: [2, 3, 26, 47, 62, 256]) func hasTheClassesOfItsLabels(classes: Int) throws {
    try withTemporaryFolder { folder in
      let labels = (0..<classes).map { UInt8($0) }
      // The last class is in one part only, whichever.
      for isInTraining in [true, false] {
        let most = Array(labels.dropLast())
        try Self.write(
          train: isInTraining ? labels : most, test: isInTraining ? most : labels, to: folder)
        let data = try DatasetSource.load(folder)
        #expect(data.train.classNames == (0..<classes).map(String.init))
        #expect(data.train.classesWithoutImages() == (isInTraining ? [] : [classes - 1]))
        #expect(
          TandemDataTests.labels(of: data.test).count == (isInTraining ? classes - 1 : classes))
      }
    }
  }

  /// The names of ten classes are those of Fashion-MNIST; of other numbers they are not.
  @Test func knowsNoNamesOfOtherNumbersOfClasses() throws {
    try withTemporaryFolder(named: "fashion") { folder in
      try Self.write(train: [0, 1, 2], test: [0], to: folder)
      #expect(try DatasetSource.load(folder).train.classNames == ["0", "1", "2"])
    }
  }

  @Test func noticesAStrayLabel() throws {
    try withTemporaryFolder { folder in
      var labels = (0..<30).map { UInt8($0 % 10) }
      labels[17] = 99
      try Self.write(train: labels, test: [1], to: folder)
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(folder)/train-labels-idx1-ubyte: label 99 of image 17 makes 100 classes, but only 11 "
          + "occur; number the classes 0, 1, 2 and so on")
    }
  }

  @Test(arguments: [("", "t10k"), ("emnist-balanced-", "test"), ("emnist-balanced-", "t10k")])
  func namesClassesAsTheMappingDoes(start: String, testPart: String) throws {
    try withTemporaryFolder { folder in
      try Self.write(
        train: [0, 10, 2], test: [12], to: folder, start: start, testPart: testPart, suffix: ".gz")
      // Any order of lines, and either end of lines.
      let lines = "0 48\r\n10 65\n2 50\n1 49\n\n12 67 99\n"
      try TestSupport.write(Array(lines.utf8), to: "\(folder)/emnist-balanced-mapping.txt")
      let data = try DatasetSource.load(folder)
      #expect(
        data.train.classNames
          == ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "11", "C/c"])
      #expect(data.test.label(0) == 12)
    }
  }

  /// The letters' labels begin at 1: class 0 has no image and no name.
  @Test func readsTheLetters() throws {
    try withTemporaryFolder { folder in
      let labels = (1...26).map { UInt8($0) }
      try Self.write(
        train: labels, test: labels, to: folder, start: "emnist-letters-", testPart: "test")
      let lines = labels.map { "\($0) \($0 + 64) \($0 + 96)\n" }.joined()
      try TestSupport.write(Array(lines.utf8), to: "\(folder)/emnist-letters-mapping.txt")
      let data = try DatasetSource.load(folder)
      #expect(data.train.classNames.count == 27)
      #expect(data.train.classNames[0] == "0")
      #expect(data.train.classNames[1] == "A/a" && data.train.classNames[26] == "Z/z")
      #expect(data.train.classesWithoutImages() == [0])
    }
  }

  static let malformedMappings: [(text: String, line: Int)] = [
    ("", 1), ("0 48\nx 49\n", 2), ("0 48\n\n1\n", 3), ("0 48\n0 49\n", 2), ("256 48\n", 1),
    ("0 10\n", 1), ("0 55296\n", 1), ("0 48 x\n", 1), ("-1 48\n", 1), ("0 8238\n", 1),
  ]

  @Test(arguments: malformedMappings) func refusesMapping(text: String, line: Int) throws {
    try withTemporaryFolder { folder in
      try Self.write(train: [0], test: [0], to: folder)
      let path = folder + "/mapping.txt"
      try TestSupport.write(Array(text.utf8), to: path)
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(path): line \(line) is not a label from 0 to 255, each once, followed by character "
          + "codes; correct the line, or take the file away to call the classes by their labels")
    }
  }

  @Test func refusesLabelsThatTheMappingDoesNotHave() throws {
    try withTemporaryFolder { folder in
      try Self.write(train: [0, 2], test: [1, 0], to: folder)
      try TestSupport.write(Array("0 48\n2 50\n".utf8), to: folder + "/mapping.txt")
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(folder)/t10k-labels-idx1-ubyte: label 1 of image 0 is not in \(folder)/mapping.txt; "
          + "use files that belong together")
    }
  }

  /// EMNIST's archive has six data sets in one folder.
  @Test func asksWhichOfSeveralDataSets() throws {
    try withTemporaryFolder { folder in
      for (start, labels) in [("emnist-letters-", [1, 2]), ("emnist-mnist-", [0, 1, 2])]
        as [(String, [UInt8])]
      {
        try Self.write(train: labels, test: labels, to: folder, start: start, testPart: "test")
      }
      // As macOS' archives have them beside each file.
      try TestSupport.write([1], to: folder + "/._emnist-mnist-train-images-idx3-ubyte")
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(folder): the files of several data sets are here; name one of them as "
          + "\(folder)/emnist-letters or \(folder)/emnist-mnist")
      let letters = try DatasetSource.load(folder + "/emnist-letters")
      #expect(letters.train.name == "emnist-letters" && letters.train.count == 2)
      #expect(try DatasetSource.load(folder + "/emnist-mnist").train.count == 3)
      #expect(
        message { _ = try DatasetSource.load(folder + "/emnist") }?.contains("no such") == true)

      // MNIST's own names mean one data set, whatever lies beside.
      try MNISTFolderTests.writeSmallSet(to: folder)
      #expect(labels(of: try DatasetSource.load(folder).train) == [9, 0, 4])
    }
  }

  @Test func namesTheFileThatIsMissing() throws {
    try withTemporaryFolder { folder in
      try Self.write(train: [0], test: [0], to: folder, start: "kuzushiji-", testPart: "test")
      let name = "kuzushiji-test-labels-idx1-ubyte"
      try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(folder): \(name) or \(name).gz is missing; complete the folder")
    }
  }
}

/// Folders where files are expected, as macOS' Archive Utility and some mirrors leave them.
@Suite struct FoldersNamedLikeFilesTests {
  private static func move(_ file: String, in folder: String, into inside: String) throws {
    let other = "\(folder)/\(file).moving"
    try FileManager.default.moveItem(atPath: "\(folder)/\(file)", toPath: other)
    try FileManager.default.createDirectory(
      atPath: "\(folder)/\(file)", withIntermediateDirectories: false)
    try FileManager.default.moveItem(atPath: other, toPath: "\(folder)/\(file)/\(inside)")
  }

  /// The file may have another spelling of its name.
  @Test(arguments: ["train-images-idx3-ubyte", "train-images.idx3-ubyte"])
  func filesAreFoundInside(inside: String) throws {
    try withTemporaryFolder { folder in
      try MNISTFolderTests.writeSmallSet(to: folder)
      let file = MNISTFolderTests.names[0]
      try Self.move(file, in: folder, into: inside)
      // Something of the system's beside it, and a file of another part.
      try write([1, 2], to: "\(folder)/\(file)/.DS_Store")
      try write([1, 2], to: "\(folder)/\(file)/\(MNISTFolderTests.names[1])")
      let data = try DatasetSource.load(folder)
      #expect(try image(1, of: data.train) == [84, 98, 112, 126, 140, 154])
    }
  }

  @Test func filesBesideCountFirst() throws {
    try withTemporaryFolder { folder in
      try MNISTFolderTests.writeSmallSet(to: folder)
      for name in MNISTFolderTests.names {
        let other = name.replacingOccurrences(of: "-idx", with: ".idx")
        try FileManager.default.moveItem(
          atPath: "\(folder)/\(name)", toPath: "\(folder)/\(other)")
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: false)
        try write([1, 2, 3], to: "\(folder)/\(name)/\(name)")
      }
      #expect(try DatasetSource.load(folder).train.count == 3)
    }
  }

  @Test func aFolderWithoutTheFileIsToldApart() throws {
    try withTemporaryFolder { folder in
      try MNISTFolderTests.writeSmallSet(to: folder)
      try Self.move(MNISTFolderTests.names[2], in: folder, into: "something")
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(folder)/\(MNISTFolderTests.names[2]): this is a folder without the file that it is "
          + "called after; put the file in its place")
    }
  }

  /// A folder in the folder, as archives with a folder of their own name leave it.
  @Test func aDataSetFurtherInsideIsPointedAt() throws {
    try withTemporaryFolder { folder in
      let inside = folder + "/fashion"
      try FileManager.default.createDirectory(atPath: inside, withIntermediateDirectories: false)
      try MNISTFolderTests.writeSmallSet(to: inside)
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(folder): no data set was recognised here, but in a folder inside: "
          + "name \(folder)/fashion")
      let other = folder + "/cifar"
      try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
      try write([], to: other + "/test_batch.bin")
      #expect(
        message { _ = try DatasetSource.load(folder) }
          == "\(folder): no data set was recognised here, but in folders inside: "
          + "name \(folder)/cifar or \(folder)/fashion")
    }
  }
}
