import Foundation

/// The memory of this process, as the system counts it.
enum ProcessMemory {
  /// The largest resident set so far; nil where the system does not say.
  ///
  /// Not what `getrusage` has, which counts the program that started this one, too.
  static var peakBytes: Int? {
    guard let data = FileManager.default.contents(atPath: "/proc/self/status") else { return nil }
    let line = String(decoding: data, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("VmHWM:") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first
      .flatMap { Int($0) }.map { $0 * 1024 }
  }
}
