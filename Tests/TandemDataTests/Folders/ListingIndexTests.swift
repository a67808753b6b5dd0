import Foundation
import TandemData
import TestSupport
import Testing

@Suite struct ListingIndexTests {
  private func indexes(_ tree: PictureTree) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: tree.cache + "/listings").sorted()
  }

  private func addPictures(to tree: PictureTree) throws {
    try tree.addPictures(["train/cat/1.png", "train/cat/2.png", "train/dog/1.png", "val/dog/2.png"])
    try tree.write([1], to: "train/dog/notes.txt")
    try tree.age()
  }

  @Test func aListingIsKeptAndHolds() throws {
    try withPictures { tree in
      try addPictures(to: tree)
      let first = try tree.parts()
      #expect(try indexes(tree).count == 2)
      // The pictures are not looked at again: what is in one of them could not be known otherwise.
      let path = tree.folder + "/train/cat/1.png"
      let size = try bytes(of: path).count
      try write([UInt8](repeating: 0, count: size), to: path)
      try tree.age()
      let second = try tree.parts()
      #expect(second.training.allNames == first.training.allNames)
      #expect(second.training.leftOut == first.training.leftOut)
      #expect(second.summary == first.summary)
      let recipe = PictureRecipe(imageShape: [3, 2, 2])
      #expect(
        try second.datasets(recipe).train.fingerprint()
          == first.datasets(recipe).train.fingerprint())
      // Unless all are to be verified.
      #expect(message { _ = try tree.parts { $0.verifies = true } }?.contains("1 of 3") == true)
    }
  }

  @Test func whatChangesIsListedAnew() throws {
    try withPictures { tree in
      try addPictures(to: tree)
      _ = try tree.parts()
      try tree.addPictures(["train/cat/3.png"])
      #expect(try tree.parts().training.count == 4)
      try tree.age()
      #expect(try tree.parts().training.count == 4)
      try FileManager.default.removeItem(atPath: tree.folder + "/train/cat/1.png")
      #expect(try tree.parts().training.count == 3)
      try tree.addPictures(["train/owl/1.png"])
      #expect(try tree.parts().training.classNames == ["cat", "dog", "owl"])
    }
  }

  /// A clock's steps are too coarse to tell changes of just now apart.
  @Test func changesOfTheSameMomentAreFound() throws {
    try withPictures { tree in
      try tree.addPictures(["train/cat/1.png", "val/cat/1.png"])
      for count in 2..<6 {
        try tree.addPictures(["train/cat/\(count).png"])
        #expect(try tree.parts().training.count == count)
      }
    }
  }

  @Test func aDamagedIndexIsMadeAgain() throws {
    try withPictures { tree in
      try addPictures(to: tree)
      let names = try tree.parts().training.allNames
      for index in try indexes(tree) {
        let path = tree.cache + "/listings/" + index
        let sound = try bytes(of: path)
        for damaged in damagedCopies(of: sound, truncations: 10, mutations: 40) + [[]] {
          try write(damaged, to: path)
          #expect(try tree.parts().training.allNames == names)
        }
      }
    }
  }

  @Test func withoutRoomForAnIndexItIsListedEachTime() throws {
    try withPictures { tree in
      try addPictures(to: tree)
      try write([1], to: tree.cache)
      let parts = try tree.parts()
      #expect(parts.training.count == 3)
      #expect(parts.notes.count == 2)
      #expect(parts.notes[0].hasPrefix("the listing of \(tree.folder) is not kept"))
    }
  }

  /// A million pictures are to fit into 200 MB.
  @Test func aPictureTakesLittleMemory() throws {
    try withPictures { tree in
      let names = (0..<300).map { "train/n01440764/n01440764_\(10_000 + $0).JPEG" }
      try tree.addPictures(names + ["val/n01440764/1.png"])
      let listing = try tree.parts().training
      #expect(listing.count == 300)
      #expect(listing.byteCount <= 100 * 300)
    }
  }

  /// Ranks compare what they have listed, wherever their folders are.
  @Test func theDigestIsOfTheContentsAndNotOfThePlace() throws {
    let recipe = PictureRecipe(imageShape: [3, 2, 2])
    func fingerprint(_ change: (PictureTree) throws -> Void = { _ in }) throws -> DatasetFingerprint
    {
      try withPictures { tree in
        try addPictures(to: tree)
        try change(tree)
        return try tree.parts().datasets(recipe).train.fingerprint()
      }
    }
    let print = try fingerprint()
    #expect(try fingerprint() == print)
    #expect(try fingerprint { try $0.addPictures(["train/cat/3.png"]) } != print)
    #expect(
      try fingerprint {
        try $0.write(PictureTree.png([1, 2, 3], width: 90), to: "train/cat/1.png")
      }
        != print)
    #expect(
      try fingerprint {
        try FileManager.default.moveItem(
          atPath: $0.folder + "/train/cat/2.png", toPath: $0.folder + "/train/dog/2.png")
      } != print)
  }

  /// The bytes count only where they are read.
  @Test func verifyingComparesContents() throws {
    let recipe = PictureRecipe(imageShape: [3, 2, 2])
    func fingerprint(_ pixel: [UInt8], verifies: Bool) throws -> DatasetFingerprint {
      try withPictures { tree in
        try tree.addPictures(["train/cat/1.png", "val/cat/1.png"], pixel: pixel)
        return try tree.parts { $0.verifies = verifies }.datasets(recipe).train.fingerprint()
      }
    }
    let (one, other): ([UInt8], [UInt8]) = ([10, 20, 30], [10, 20, 31])
    #expect(try fingerprint(one, verifies: true) == fingerprint(one, verifies: true))
    #expect(try fingerprint(one, verifies: true) != fingerprint(other, verifies: true))
    #expect(
      try fingerprint(one, verifies: true).contents == fingerprint(one, verifies: false).contents)
  }
}
