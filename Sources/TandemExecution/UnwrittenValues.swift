import TandemNetwork

/// Finds values that a layer of the program's own left out: they are marked before the call with a
/// NaN that no computation makes. One that was added to keeps its mark.
enum UnwrittenValues {
  private static let mark: UInt32 = 0x7FA5_C3E1
  /// The bit that makes a NaN quiet, which arithmetic sets.
  private static let quiet: UInt32 = 0x0040_0000

  private static func isMark(_ word: UInt32) -> Bool { word & ~quiet == mark & ~quiet }

  static func mark(_ values: UnsafeMutableBufferPointer<Float>) {
    guard let base = values.baseAddress else { return }
    base.withMemoryRebound(to: UInt32.self, capacity: values.count) {
      $0.update(repeating: mark, count: values.count)
    }
  }

  static func count(_ values: UnsafeMutableBufferPointer<Float>) -> Int {
    guard let base = values.baseAddress else { return 0 }
    return base.withMemoryRebound(to: UInt32.self, capacity: values.count) { words in
      var count = 0
      for index in 0..<values.count where isMark(words[index]) { count += 1 }
      return count
    }
  }

  /// - Throws: `OwnLayerError` where values are left.
  static func check(
    _ values: UnsafeMutableBufferPointer<Float>, _ what: String, _ name: String,
    _ layer: any OwnLayer, _ pass: String
  ) throws {
    let unwritten = count(values)
    if unwritten == 0 { return }
    throw OwnLayerError(
      layer: name, value: "\(layer)", pass: pass,
      problem:
        "wrote only \(values.count - unwritten) of \(values.count) values of \(what); it must "
        + "write all of them in every call, not add to them")
  }
}
