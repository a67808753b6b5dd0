import Foundation
import Synchronization
import TandemProcess

// How much memory something would take, without taking it.

extension MemoryArena {
  /// The arenas made while they are counted; nil while they are not.
  private static let count = Mutex<Counted?>(nil)

  private struct Counted {
    var bytes = 0
    var mappings: [(base: UInt, size: Int)] = []
  }

  /// Runs `body` with arenas that have addresses and no memory until somebody writes to them, and
  /// says how much memory they would have.
  ///
  /// The arenas are as good as others as long as they live, but for the speed of the first writing.
  /// No limit is looked at. Nothing else that makes arenas may run at the same time.
  ///
  /// - Parameter body: keeps what it makes, so that all of it is counted together.
  /// - Throws: what `body` throws; `MemoryError` where there are not even addresses.
  package static func counting<Result>(
    _ body: () throws -> Result
  ) rethrows -> (result: Result, count: MemoryCount) {
    count.withLock { $0 = Counted() }
    defer { count.withLock { $0 = nil } }
    let result = try body()
    let counted = count.withLock { $0 } ?? Counted()
    let touched = counted.mappings.map(residentBytes).reduce(0, +)
    return (
      result,
      MemoryCount(
        arenaBytes: counted.bytes, residentBytes: residentBytesOfProcess.map { $0 - touched })
    )
  }

  /// Addresses for an arena that is only counted; nil while none are.
  static func counted(
    _ size: Int, _ usedBytes: Int, purpose: String, use: MemoryError.Use
  ) throws -> UnsafeMutableRawPointer? {
    try count.withLock { count in
      guard count != nil else { return nil }
      guard
        let base = mmap(
          nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
        base != MAP_FAILED
      else {
        throw MemoryError(
          neededBytes: size, purpose: purpose, use: use, shortage: MemoryLimits.refusal(bytes: size)
        )
      }
      count?.bytes += usedBytes
      count?.mappings.append((UInt(bitPattern: base), size))
      return base
    }
  }

  /// Bytes of a mapping that are in memory; 0 of one that is gone.
  private static func residentBytes(_ mapping: (base: UInt, size: Int)) -> Int {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    var pages = [UInt8](repeating: 0, count: (mapping.size + page - 1) / page)
    let base = UnsafeMutableRawPointer(bitPattern: mapping.base)
    guard let base, mincore(base, mapping.size, &pages) == 0 else { return 0 }
    return pages.count { $0 & 1 == 1 } * page
  }

  /// The resident set of this process.
  private static var residentBytesOfProcess: Int? {
    SystemFile.contents("/proc/self/status")?.split(separator: "\n")
      .first { $0.hasPrefix("VmRSS:") }?
      .split(whereSeparator: \.isWhitespace).dropFirst().first
      .flatMap { Int($0) }.map { $0 * 1024 }
  }
}
