import Foundation
import SwiftProtobuf
import TandemExport
import TandemTensor

/// Reads event files back, and throws at the first byte that is wrong.
enum EventReader {
  enum Failure: Error, Equatable {
    case checksum(offset: Int)
    case cutOff(offset: Int)
  }

  /// The records of a file.
  static func records(_ bytes: [UInt8]) throws -> [[UInt8]] {
    var records: [[UInt8]] = []
    var offset = 0
    func take(_ count: Int) throws -> [UInt8] {
      guard offset + count <= bytes.count else { throw Failure.cutOff(offset: offset) }
      defer { offset += count }
      return Array(bytes[offset..<offset + count])
    }
    func number(_ bytes: [UInt8]) -> UInt64 {
      bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    while offset < bytes.count {
      for isRecord in [false, true] {
        let start = offset
        let part = try take(isRecord ? Int(number(Array(bytes[offset - 12..<offset - 4]))) : 8)
        guard try number(take(4)) == UInt64(CRC32C.masked(of: part)) else {
          throw Failure.checksum(offset: start)
        }
        if isRecord { records.append(part) }
      }
    }
    return records
  }

  /// The events of the files of a folder, those of each file in a list.
  static func events(inFolder folder: String) throws -> [[BoardEvent]] {
    try FileSystem.names(inFolder: folder).filter { $0.contains("tfevents") }.sorted().map { name in
      try records(RegularFile.contents(folder + "/" + name)).map {
        try BoardEvent(serializedBytes: $0)
      }
    }
  }
}

extension [BoardEvent] {
  /// The values of a tag with their steps.
  func values(_ tag: String) -> [(step: Int, value: BoardSummary.Value)] {
    flatMap { event in
      event.summary.value.filter { $0.tag == tag }.map { (Int(event.step), $0) }
    }
  }

  var tags: Set<String> { Set(flatMap { $0.summary.value.map(\.tag) }) }
}
