// A fuzz target for libFuzzer: any bytes are read as tar archives of pictures, as archives that
// were fetched and are unpacked, as Keras' arrays and as IDX files. It is compiled together with
// TandemData; `scripts/fuzz-readers.sh` builds and runs it.

import CZlib
import Foundation
import TandemTensor

/// Where the bytes are put to be read as a file, and what is unpacked.
private let folder = "/dev/shm/tandem-fuzz-\(getpid())"

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard count > 0 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
  let path = folder + "/file"
  mkdir(folder, 0o700)
  do {
    switch start[0] % 4 {
    case 0: try readShard(bytes, path)
    case 1: try unpack(bytes, path)
    case 2:
      try write(bytes, to: path)
      let data = try KerasArrays.load(archive: path, name: "fuzz")
      precondition(data.train.imageShape == data.test.imageShape)
    default:
      try write(bytes, to: path)
      let file = try IDXFile(path: path, rank: 3)
      let elements = try file.elements()
      precondition(elements.count == file.extents.reduce(1, *))
    }
  } catch {
    let text = "\(error)"
    precondition(!text.contains(where: \.isNewline) && text.utf8.count < 4000, text)
  }
  return 0
}

/// What a picture's record says lies in the file.
private func readShard(_ bytes: [UInt8], _ path: String) throws {
  try write(bytes, to: path)
  let listing = try PictureShards.find(["file"], of: folder, known: nil)
  for record in listing.records {
    precondition(record.place >= 0 && Int(record.place) + Int(record.byteCount) <= bytes.count)
    precondition(listing.classNames.indices.contains(Int(record.label)))
  }
}

/// Nothing is written outside of the folder that is wanted.
private func unpack(_ bytes: [UInt8], _ path: String) throws {
  try write(compressed(bytes), to: path)
  defer {
    for left in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      precondition(["file", "inner"].contains(left), left)
    }
    try? FileManager.default.removeItem(atPath: folder + "/inner")
  }
  try ArchiveUnpacking(archive: path, inner: "inner", place: folder, mostBytes: 1 << 20).run()
}

/// A gzip file whose contents are any bytes: its own checksum would refuse most of what is tried.
private func compressed(_ bytes: [UInt8]) -> [UInt8] {
  var result: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
  let (low, high) = (UInt8(bytes.count & 0xFF), UInt8(bytes.count >> 8))
  // One block that is stored.
  result += [1, low, high, ~low, ~high] + bytes
  let sum = crc32(0, bytes, UInt32(bytes.count))
  for number in [UInt32(sum), UInt32(bytes.count)] {
    result += (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * UInt32($0))) }
  }
  return result
}

private func write(_ bytes: [UInt8], to path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}
