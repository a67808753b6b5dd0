import Foundation
import TandemTensor

/// A listing while pictures are being found.
struct ListingBuilder {
  let root: String
  private var containers: [String] = []
  private var names: [UInt8] = []
  private var records: [PictureRecord] = []
  var leftOut = LeftOut()
  private var stamps: [FileStamp] = []

  init(root: String) {
    self.root = root
  }

  var count: Int { records.count }

  /// A folder, with a slash at its end unless it is the root, or a shard.
  mutating func addContainer(_ path: String) -> UInt32 {
    containers.append(path)
    return UInt32(containers.count - 1)
  }

  mutating func addStamp(_ stamp: FileStamp) { stamps.append(stamp) }

  /// - Throws: `PictureFolderError.tooManyPictures`.
  mutating func add(
    _ name: some Collection<UInt8>, in container: UInt32, label: Int, place: Int64 = 0,
    byteCount: UInt32 = 0
  ) throws {
    // Orders of images are numbers of 32 bits, and so are places among the names.
    guard records.count < Int(Int32.max), names.count + name.count < Int(UInt32.max),
      let length = UInt16(exactly: name.count)
    else {
      throw PictureFolderError(path: root, fact: .tooManyPictures(limit: Int(Int32.max)))
    }
    records.append(
      PictureRecord(
        place: place, nameStart: UInt32(names.count), nameCount: length, container: container,
        byteCount: byteCount, label: Int32(label)))
    names.append(contentsOf: name)
  }

  /// The files of a walk, all of one class.
  mutating func add(_ walk: FolderWalk, label: Int) throws {
    leftOut.add(walk.leftOut)
    for folder in walk.folders {
      addStamp(folder.changed)
      if folder.files.count == 0 { continue }
      let container = addContainer(folder.path)
      for index in 0..<folder.files.count {
        try add(folder.files[index], in: container, label: label)
      }
    }
  }

  /// - Throws: `PictureFolderError.classesDifferByCase`.
  func listing(classNames: [String]) throws -> PictureListing {
    var seen: [String: String] = [:]
    for name in classNames {
      if let other = seen.updateValue(name, forKey: name.lowercased()) {
        throw PictureFolderError(path: root, fact: .classesDifferByCase(other, name))
      }
    }
    return PictureListing(
      root: root, places: PicturePlaces(containers: containers, names: names), records: records,
      classNames: classNames, leftOut: leftOut, stamps: stamps)
  }
}
