import CKernels
import TandemTensor
import Testing

/// Products of our own beside sums in double precision.
@Suite struct ProductKernelTests {
  static let sets = [
    tandem_instructions_avx512, tandem_instructions_avx2, tandem_instructions_portable,
  ]

  /// One row and one column, whole tiles and a little more, last vectors of each kind, several
  /// chunks of terms, several blocks of columns, and rows that crowd each other in a cache.
  struct Size: Sendable, CustomTestStringConvertible {
    let rows: Int, columns: Int, terms: Int
    var testDescription: String { "\(rows)×\(columns), \(terms) terms" }
  }
  static let sizes = [
    Size(rows: 1, columns: 1, terms: 1), Size(rows: 2, columns: 7, terms: 0),
    Size(rows: 14, columns: 32, terms: 128), Size(rows: 15, columns: 33, terms: 129),
    Size(rows: 6, columns: 16, terms: 5), Size(rows: 29, columns: 100, terms: 300),
    Size(rows: 64, columns: 84, terms: 10), Size(rows: 3, columns: 1050, terms: 20),
    Size(rows: 17, columns: 512, terms: 70), Size(rows: 5, columns: 11, terms: 2100),
  ]

  /// The largest error in parts of the root of the sum of the terms' squares, or of 1.
  static let tolerance = 2e-6

  /// A product's factors, between whose rows there may be a gap.
  struct Case {
    let product: tandem_product
    let left: [Float], right: [Float], before: [Float]

    /// Whether rows of the right factor run along the terms.
    let hasTransposedRight: Bool

    init(
      _ size: Size, gap: Int, isTransposed: Bool = false, hasTransposedRight: Bool = false,
      adds: Bool, set: tandem_instructions
    ) {
      self.hasTransposedRight = hasTransposedRight
      var random = CounterRandom(seed: 5, purpose: .test).sequence(0)
      let leftColumns = (isTransposed ? size.rows : size.terms) + gap
      let (rightRows, rightColumns) =
        hasTransposedRight ? (size.columns, size.terms) : (size.terms, size.columns)
      let (rightRow, resultRow) = (rightColumns + gap, size.columns + gap)
      product = tandem_product(
        rows: size.rows, columns: size.columns, terms: size.terms,
        left_row: isTransposed ? 1 : leftColumns, left_term: isTransposed ? leftColumns : 1,
        right_row: rightRow, result_row: resultRow, adds: adds, set: set)
      left = (0..<(isTransposed ? size.terms : size.rows) * leftColumns).map { _ in
        random.normal()
      }
      right = (0..<rightRows * rightRow).map { _ in random.normal() }
      before = (0..<size.rows * resultRow).map { _ in random.normal() }
    }

    /// - Parameter columns: only these, of all rows.
    func run(rows: Range<Int>? = nil, columns: Range<Int>? = nil) -> GuardedFloats {
      var part = product
      let rows = rows ?? 0..<product.rows
      let columns = columns ?? 0..<product.columns
      (part.rows, part.columns) = (rows.count, columns.count)
      let result = GuardedFloats(before.count)
      for index in before.indices { result.base[index] = before[index] }
      left.withUnsafeBufferPointer { left in
        right.withUnsafeBufferPointer { right in
          let none = UnsafePointer(result.base)
          (hasTransposedRight ? tandem_multiply_transposed : tandem_multiply)(
            (left.baseAddress ?? none) + rows.lowerBound * product.left_row,
            (right.baseAddress ?? none)
              + columns.lowerBound * (hasTransposedRight ? product.right_row : 1),
            result.base + rows.lowerBound * product.result_row + columns.lowerBound, part)
        }
      }
      return result
    }

    /// As `tolerance` has it; infinite where a gap was written to.
    func error(of result: GuardedFloats) -> Double {
      var worst = 0.0
      for row in 0..<product.rows {
        for column in 0..<product.result_row {
          let place = row * product.result_row + column
          let found = Double(result.numbers[place])
          if column >= product.columns {
            if found != Double(before[place]) { return .infinity }
            continue
          }
          var sum = product.adds ? Double(before[place]) : 0
          var size = 1.0
          for term in 0..<product.terms {
            let factor = Double(left[row * product.left_row + term * product.left_term])
            let place =
              hasTransposedRight
              ? column * product.right_row + term : term * product.right_row + column
            let value = factor * Double(right[place])
            sum += value
            size += value * value
          }
          let error = abs(found - sum) / size.squareRoot()
          worst = error.isNaN ? .infinity : max(worst, error)
        }
      }
      return worst
    }
  }

  @Test(arguments: sizes, sets)
  func productsAreRight(size: Size, set: tandem_instructions) {
    for gap in [0, 3] {
      for (left, right) in [(false, false), (true, false), (false, true)] {
        for adds in [false, true] {
          let product = Case(
            size, gap: gap, isTransposed: left, hasTransposedRight: right, adds: adds, set: set)
          let result = product.run()
          #expect(result.isIntact)
          #expect(
            product.error(of: result) < Self.tolerance,
            "gap \(gap), transposed \(left) \(right), adds \(adds)")
        }
      }
    }
  }

  /// The bits of an element do not depend on what is computed with it: an image's output is the
  /// same in any company.
  @Test(arguments: sets, [false, true])
  func elementsHaveTheSameBitsInAnyCompany(set: tandem_instructions, hasTransposedRight: Bool) {
    let size = Size(rows: 29, columns: 100, terms: 1300)
    let product = Case(
      size, gap: 0, hasTransposedRight: hasTransposedRight, adds: false, set: set)
    let whole = product.run()
    for row in [0, 13, 28] {
      let alone = product.run(rows: row..<row + 1)
      let places = row * size.columns..<(row + 1) * size.columns
      #expect(places.allSatisfy { alone.numbers[$0] == whole.numbers[$0] }, "row \(row)")
    }
    for columns in [0..<1, 31..<64, 90..<100] {
      let alone = product.run(columns: columns)
      for row in 0..<size.rows {
        for column in columns {
          let place = row * size.columns + column
          #expect(alone.numbers[place] == whole.numbers[place], "\(row), \(column)")
        }
      }
    }
  }

  /// What looks at results finds wrong ones.
  @Test func wrongProductsAreFound() {
    let size = Size(rows: 5, columns: 9, terms: 40)
    let product = Case(size, gap: 2, adds: true, set: tandem_instructions_avx512)
    for (place, value) in [(3, Float(0)), (13, .nan), (9, 7), (4 * 11 + 8, 1)] {
      let result = product.run()
      #expect(product.error(of: result) < Self.tolerance)
      result.base[place] = value
      #expect(product.error(of: result) > Self.tolerance, "\(place)")
    }
  }
}
