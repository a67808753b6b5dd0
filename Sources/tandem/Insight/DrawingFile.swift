import Foundation
import TandemInsight
import TandemTensor

/// Writes drawings beside their targets and renames them.
enum DrawingFile {
  /// - Parameter path: ends in .png or .svg.
  /// - Throws: `FileError`, and what drawing throws.
  static func write(to path: String, _ encode: (DrawingFormat) throws -> [UInt8]) throws {
    try AtomicFile.write(Data(encode(DrawingFormat(path: path) ?? .png)), to: path)
  }
}
