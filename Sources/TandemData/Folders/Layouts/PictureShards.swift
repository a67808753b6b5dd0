import Foundation
import Synchronization
import TandemProcess
import TandemTensor

/// Finds the pictures in tar archives of WebDataset's layout: the members `KEY.jpg` and `KEY.cls`
/// follow each other, and the second holds the first one's class, a number or a name.
enum PictureShards {
  /// Names the classes of numbered labels, one in each line.
  static let classFiles = ["classes.txt", "classnames.txt"]
  private static let mostLabelBytes = 1024
  private static let mostClasses = 65_536

  /// A picture in a shard, before labels are numbers.
  private struct Sample {
    let name: Range<Int>
    let offset: Int
    let byteCount: Int
    let label: Int
  }

  /// What is in one shard.
  private struct Shard {
    var names: [UInt8] = []
    var samples: [Sample] = []
    /// Different ones; samples hold places in here.
    var labels: [String] = []
    var leftOut = LeftOut()
    var stamp: FileStamp
  }

  /// - Parameters:
  ///   - paths: of the archives, from the root.
  ///   - known: the classes in the order of their labels; nil for those that are there.
  /// - Throws: `FileError`, `PictureFolderError`.
  static func find(_ paths: [String], of root: String, known: [String]?) throws -> PictureListing {
    let results = Mutex<[Int: Result<Shard, any Error>]>([:])
    OwnThread.sideBySide(paths.count) { index in
      let shard = Result { try read(paths[index], of: root) }
      results.withLock { $0[index] = shard }
    }
    let shards = try results.withLock { results in
      try paths.indices.compactMap { try results[$0]?.get() }
    }
    let folder = PictureListing.join(root, FileSystem.folderPrefix(of: paths[0]))
    let names = try classNames(
      Set(shards.flatMap(\.labels)), known: known, folder: folder, shard: paths[0], root: root)
    var builder = ListingBuilder(root: root)
    for (path, shard) in zip(paths, shards) {
      builder.leftOut.add(shard.leftOut)
      builder.addStamp(shard.stamp)
      let container = builder.addContainer(path)
      let labels = shard.labels.map { names.label(of: $0) }
      for sample in shard.samples {
        guard let label = labels[sample.label] else {
          throw PictureFolderError(
            path: root,
            fact: .unknownClass(
              name: shard.labels[sample.label], part: path, known: names.all))
        }
        try builder.add(
          shard.names[sample.name], in: container, label: label, place: Int64(sample.offset),
          byteCount: UInt32(sample.byteCount))
      }
    }
    return try builder.listing(classNames: names.all)
  }

  private struct ClassNumbers {
    let all: [String]
    let areNumbers: Bool
    private let labels: [String: Int]

    init(_ all: [String], areNumbers: Bool) {
      self.all = all
      self.areNumbers = areNumbers
      labels = Dictionary(zip(all, all.indices)) { first, _ in first }
    }

    func label(of text: String) -> Int? {
      if areNumbers { return Int(text).flatMap { all.indices.contains($0) ? $0 : nil } }
      return labels[text]
    }
  }

  private static func classNames(
    _ labels: Set<String>, known: [String]?, folder: String, shard: String, root: String
  ) throws -> ClassNumbers {
    let numbers = labels.compactMap { Int($0) }.filter { $0 >= 0 }
    let areNumbers = numbers.count == labels.count
    if let known { return ClassNumbers(known, areNumbers: areNumbers) }
    guard areNumbers else {
      return ClassNumbers(labels.sorted(by: precedesByCodePoints), areNumbers: false)
    }
    let count = (numbers.max() ?? -1) + 1
    guard count <= mostClasses else {
      throw PictureFolderError(
        path: PictureListing.join(root, shard),
        fact: .damagedShard(
          offset: 0, problem: "a label is \(count - 1), above the limit of \(mostClasses) classes"))
    }
    for name in classFiles where FileSystem.exists(folder + "/" + name) {
      let text = try MappedFile(path: folder + "/" + name).withBytes {
        String(decoding: $0, as: UTF8.self)
      }
      let names = text.split(whereSeparator: \.isNewline)
        .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
      guard names.count >= count else {
        throw DataError(
          path: folder + "/" + name, fact: .wrongClassNames(found: names.count, expected: count))
      }
      return ClassNumbers(names, areNumbers: true)
    }
    return ClassNumbers((0..<count).map(String.init), areNumbers: true)
  }

  /// - Throws: `FileError`, `PictureFolderError`.
  private static func read(_ path: String, of root: String) throws -> Shard {
    var shard = Shard(stamp: try FileStamp(root: root, path: path))
    let full = PictureListing.join(root, path)
    let file = try RegularFile(path: full)
    var reader = TarReader(file)
    var labels: [String: Int] = [:]
    var key: [UInt8] = []
    var picture: TarReader.Member?
    var label: String?

    func finish() throws {
      defer { (picture, label) = (nil, nil) }
      guard let picture else { return }
      let name = PathBytes.text(picture.name)
      guard let label else {
        throw PictureFolderError(path: full, fact: .unlabelled(picture: name))
      }
      guard picture.byteCount < Int(UInt32.max) else {
        throw PictureFolderError(
          path: full, fact: .tooLarge(picture: name, byteCount: picture.byteCount))
      }
      let place = labels[label] ?? shard.labels.count
      if labels.updateValue(place, forKey: label) == nil { shard.labels.append(label) }
      let start = shard.names.count
      shard.names.append(contentsOf: picture.name)
      shard.samples.append(
        Sample(
          name: start..<shard.names.count, offset: picture.offset, byteCount: picture.byteCount,
          label: place))
    }

    while let member = try reader.next() {
      let base = (member.name.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1
      if let reason = PictureNames.leftOut(member.name[base...]) {
        shard.leftOut.add(reason, "\(path):\(PathBytes.text(member.name))")
        continue
      }
      let dot = member.name[base...].firstIndex(of: UInt8(ascii: ".")) ?? member.name.endIndex
      if !member.name[..<dot].elementsEqual(key) {
        try finish()
        key = Array(member.name[..<dot])
      }
      let ending = member.name[dot...]
      if ending.elementsEqual(".cls".utf8) {
        let text = try file.bytes(at: member.offset, count: min(member.byteCount, mostLabelBytes))
        label = String(decoding: text, as: UTF8.self).trimmingCharacters(
          in: .whitespacesAndNewlines)
        if label?.isEmpty == true { label = nil }
      } else if PictureNames.promisesPicture(ending), picture == nil {
        picture = member
      } else {
        shard.leftOut.add(.noPicture, "\(path):\(PathBytes.text(member.name))")
      }
    }
    try finish()
    return shard
  }
}
