import Foundation
import TandemData
import TandemTensor
import TestSupport
import Testing

@Suite struct PictureShardsTests {
  private func archive(
    _ samples: [(key: String, pixel: [UInt8], label: String)]
  ) throws -> TarArchive {
    var archive = TarArchive()
    for sample in samples {
      archive.add("\(sample.key).png", try PictureTree.png(sample.pixel))
      archive.add("\(sample.key).cls", Array(sample.label.utf8))
    }
    return archive
  }

  @Test func readsPicturesInPlace() throws {
    try withPictures { tree in
      var train = try archive([("a", [10, 20, 30], "1"), ("b", [40, 50, 60], "0\n")])
      train.add("dir/", [], type: "5")
      train.add("c.json", Array("{}".utf8))
      train.end()
      try tree.write(train.bytes, to: "train-000000.tar")
      try tree.write(
        archive([("d", [70, 80, 90], "2")]).bytes, to: "train-000001.tar")
      var val = try archive([("e", [1, 2, 3], "2")])
      val.end()
      try tree.write(val.bytes, to: "val-000000.tar")
      let parts = try tree.parts()
      #expect(parts.training.classNames == ["0", "1", "2"])
      #expect(
        parts.training.allNames == [
          "train-000000.tar:a.png", "train-000000.tar:b.png", "train-000001.tar:d.png",
        ])
      #expect(parts.training.leftOut.count(.noPicture) == 1)
      let data = try parts.datasets(PictureRecipe(imageShape: [3, 2, 2]))
      #expect(labels(of: data.train) == [1, 0, 2])
      #expect(labels(of: data.test) == [2])
      #expect(try image(1, of: data.train) == [40, 40, 40, 40, 50, 50, 50, 50, 60, 60, 60, 60])
      #expect(try image(0, of: data.test)[0] == 1)
    }
  }

  /// The same pictures, read from files of their own.
  @Test func shardsGiveTheSameImagesAsFolders() throws {
    try withPictures { tree in
      var shard = try archive([("cat/1", [10, 20, 30], "cat"), ("dog/1", [40, 50, 60], "dog")])
      shard.end()
      try tree.write(shard.bytes, to: "shard.tar")
      try tree.addPictures(["classes/cat/1.png"], pixel: [10, 20, 30])
      try tree.addPictures(["classes/dog/1.png"], pixel: [40, 50, 60])
      let recipe = PictureRecipe(imageShape: [3, 2, 2])
      let shards = try tree.parts(.measuring, "shard.tar").datasets(recipe).test
      let folders = try tree.parts(.measuring, "classes").datasets(recipe).test
      #expect(shards.classNames == folders.classNames)
      for index in 0..<2 {
        #expect(shards.label(index) == folders.label(index))
        #expect(try image(index, of: shards) == image(index, of: folders))
      }
    }
  }

  @Test func longNamesOfBothKinds() throws {
    try withPictures { tree in
      let long = String(repeating: "x", count: 150)
      let png = try PictureTree.png([1, 1, 1])
      var shard = TarArchive()
      shard.add("././@LongLink", Array("\(long)a.png\u{0}".utf8), type: "L")
      shard.add("short", png)
      shard.add("././@LongLink", Array("\(long)a.cls\u{0}".utf8), type: "L")
      shard.add("short", Array("0".utf8))
      shard.addExtended(["path": "\(long)b.png", "size": "\(png.count)"])
      shard.add("short", png, size: 0)
      shard.addExtended(["path": "\(long)b.cls", "mtime": "1.5"])
      shard.add("short", Array("0".utf8))
      shard.end()
      try tree.write(shard.bytes, to: "shard.tar")
      #expect(
        try tree.parts(.measuring, "shard.tar").measured.allNames
          == ["shard.tar:\(long)a.png", "shard.tar:\(long)b.png"])
    }
  }

  /// Nothing is unpacked, so that names lead nowhere.
  @Test func namesThatLeaveTheFolderDoNothing() throws {
    try withPictures { tree in
      var shard = try archive([("../../escape", [1, 2, 3], "0"), ("/tmp/escape", [1, 2, 3], "0")])
      shard.add("link.png", [], type: "2")
      shard.add("device.png", [], type: "3", size: 8_000_000_000)
      shard.end()
      try tree.write(shard.bytes, to: "shard.tar")
      let parts = try tree.parts(.measuring, "shard.tar")
      #expect(
        parts.measured.allNames
          == ["shard.tar:../../escape.png", "shard.tar:/tmp/escape.png"])
      #expect(!FileManager.default.fileExists(atPath: "/tmp/escape.png"))
    }
  }

  @Test func faultsAreNamedByTheirPlace() throws {
    try withPictures { tree in
      func refusal(_ bytes: [UInt8]) throws -> String {
        try tree.write(bytes, to: "shard.tar")
        return try #require(message { _ = try tree.parts(.measuring, "shard.tar") })
      }
      let path = tree.folder + "/shard.tar"
      var sound = try archive([("a", [1, 2, 3], "0")])
      #expect(
        try refusal(Array(sound.bytes.prefix(700)))
          == "\(path): at byte 1024: the archive is cut off; make the shard again")
      #expect(try refusal(Array(sound.bytes.prefix(520))).contains("goes beyond the end"))
      sound.add("b.png", [], isSound: false)
      #expect(try refusal(sound.bytes).contains(": no header of a member; make the shard again"))
      #expect(try refusal(Array("hello".utf8)).contains("at byte 0: the archive is cut off"))
      var large = TarArchive()
      large.add("a.png", [1], size: 1 << 32)
      #expect(try refusal(large.bytes).contains("a member of 4294967296 bytes goes beyond the end"))
      #expect(
        try refusal([0x1F, 0x8B] + [UInt8](repeating: 7, count: 600)).contains(
          "this is a compressed archive"))
      var unlabelled = TarArchive()
      unlabelled.add("a.png", try PictureTree.png([1, 2, 3]))
      #expect(
        try refusal(unlabelled.bytes)
          == "\(path): the picture a.png has no label; add one of its name that ends in .cls")
      #expect(
        try refusal(archive([("a", [1, 2, 3], "70000")]).bytes).contains(
          "a label is 70000, above the limit of 65536 classes"))
    }
  }

  @Test func namesOfNumberedClassesAreReadBesideTheShards() throws {
    try withPictures { tree in
      try tree.write(
        archive([("a", [1, 2, 3], "1"), ("b", [1, 2, 3], "0")]).bytes, to: "all.tar")
      try tree.write(Array("tench\ngoldfish\n".utf8), to: "classes.txt")
      #expect(
        try tree.parts(.measuring, "all.tar").measured.classNames == ["tench", "goldfish"])
    }
  }

  /// Damaged archives are refused or read, never a crash.
  @Test func survivesDamage() throws {
    try withPictures { tree in
      var shard = try archive([("a", [1, 2, 3], "0"), ("b", [4, 5, 6], "1")])
      shard.addExtended(["path": "c.png"])
      shard.add("x", try PictureTree.png([7, 8, 9]))
      shard.add("c.cls", Array("1".utf8))
      shard.end()
      var random = CounterRandom(seed: 5, purpose: .test).sequence(0)
      for round in 0..<300 {
        var bytes = shard.bytes
        if round % 3 == 0 {
          bytes = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &random)))
        }
        for _ in 0..<3 where !bytes.isEmpty {
          // Headers are at multiples of 512.
          let block = Int.random(in: 0...(bytes.count - 1) / 512, using: &random) * 512
          let place = min(bytes.count - 1, block + Int.random(in: 0..<512, using: &random))
          bytes[place] = UInt8.random(in: 0...255, using: &random)
        }
        try tree.write(bytes, to: "shard.tar")
        _ = message {
          _ = try tree.parts(.measuring, "shard.tar") {
            $0.skipsBroken = true
            $0.cacheFolder = tree.cache
          }
        }
      }
    }
  }
}
