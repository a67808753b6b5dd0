import COneDNN

/// oneDNN's product of matrices, which gradients of dense layers are added up by, beside a plain
/// loop.
package enum ProductCheck {
  private static let (rows, columns, depth) = (67, 45, 21)

  package typealias Execution = (
    _ product: UnsafeMutablePointer<Float>, _ a: [Float], _ b: [Float], _ adds: Bool
  ) throws -> Void

  /// What is wrong with the numbers, in words; nil if they are right.
  package static func fault(execution: Execution = run) throws -> String? {
    let a = Numbers.small([depth, rows], seed: 1)
    let b = Numbers.small([depth, columns], seed: 2)
    let before = Numbers.small([rows, columns], seed: 3)
    for adds in [false, true] {
      let expected = Expected(
        before.indices.map { place in
          let (row, column) = place.quotientAndRemainder(dividingBy: columns)
          return (0..<depth).reduce(adds ? before[place] : 0) {
            $0 + a[$1 * rows + row] * b[$1 * columns + column]
          }
        })
      let product = try CheckedTensor(.plain([rows, columns]), before)
      try execution(
        product.memory.assumingMemoryBound(to: Float.self), a.map(Float.init), b.map(Float.init),
        adds)
      if let fault = expected.difference(from: product) { return fault }
    }
    return nil
  }

  package static func run(
    _ product: UnsafeMutablePointer<Float>, _ a: [Float], _ b: [Float], _ adds: Bool
  ) throws {
    try OneDNN.check(
      onednn_transposed_product(
        product, a, b, Int64(rows), Int64(columns), Int64(depth), adds), "checking a product")
  }
}
