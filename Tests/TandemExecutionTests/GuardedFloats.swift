/// Memory for kernels that shows what is not written, as NaN, and what is written behind its end.
final class GuardedFloats {
  let count: Int
  let base: UnsafeMutablePointer<Float>

  private static let guardCount = 64
  private static let guardValue: Float = -12_345

  init(_ count: Int) {
    self.count = count
    base = UnsafeMutableRawPointer.allocate(
      byteCount: (count + Self.guardCount) * MemoryLayout<Float>.stride, alignment: 64
    ).assumingMemoryBound(to: Float.self)
    base.initialize(repeating: .nan, count: count)
    (base + count).initialize(repeating: Self.guardValue, count: Self.guardCount)
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }

  var numbers: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: base, count: count) }

  var isIntact: Bool {
    UnsafeBufferPointer(start: base + count, count: Self.guardCount).allSatisfy {
      $0 == Self.guardValue
    }
  }
}
