import Foundation
import TandemTensor

/// The file of a run's steps (`train --step-log`), followed while it grows: only what is new is
/// read.
package struct StepFile: Sendable {
  package private(set) var ring = StepRing()
  /// Counts how often the file has begun anew.
  package private(set) var beginnings = 0
  private var path = ""
  private var offset = 0
  private var rest = ""
  private var columns: [String: Int] = [:]
  private var before: (epoch: Int, seconds: Double) = (0, 0)
  /// Bytes at a time: a long file is caught up with in several turns.
  private static let mostBytes = 8 << 20

  package init() {}

  /// Reads what has come since the last time.
  /// - Throws: `FileError`.
  package mutating func follow(_ path: String) throws {
    let file = try RegularFile(path: path)
    if path != self.path || file.byteCount < offset {
      let beginnings = beginnings + 1
      self = StepFile()
      self.beginnings = beginnings
      self.path = path
    }
    let bytes = try file.bytes(at: offset, count: min(Self.mostBytes, file.byteCount - offset))
    offset += bytes.count
    rest += String(decoding: bytes, as: UTF8.self)
    // A line that is still being written waits for its end.
    while let end = rest.firstIndex(of: "\n") {
      take(rest[..<end].split(separator: ",", omittingEmptySubsequences: false))
      rest = String(rest[rest.index(after: end)...])
    }
  }

  private mutating func take(_ cells: [Substring]) {
    if columns.isEmpty {
      for (column, name) in cells.enumerated() { columns[String(name)] = column }
      return
    }
    func number(_ name: String) -> Double? {
      columns[name].flatMap { cells.indices.contains($0) ? Double(cells[$0]) : nil }
    }
    guard let step = number("step"), let epoch = number("epoch"), abs(step) < 1e15,
      abs(epoch) < 1e15
    else { return }
    let seconds = number("secondsInEpoch") ?? 0
    let since = Int(epoch) == before.epoch ? before.seconds : 0
    before = (Int(epoch), seconds)
    ring.append(
      StepRing.Point(
        step: Int(step), loss: number("loss") ?? .nan, top1: number("top1") ?? .nan,
        learningRate: Float(number("learningRate") ?? .nan),
        images: Int(min(1e9, max(0, number("images") ?? 0))), seconds: max(0, seconds - since)))
  }
}
