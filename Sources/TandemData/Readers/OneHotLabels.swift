import TandemTensor

/// Labels as `to_categorical` of Keras makes them: a row for each image, with a 1 in the column of
/// its class and otherwise 0.
enum OneHotLabels {
  /// The column of the 1 in each row.
  /// - Parameter array: `[N, K]` of any type.
  /// - Throws: `DataError.Fact.notOneHot`.
  static func classes(of array: NumPyArray, named name: String) throws -> [Int64] {
    switch array.storage {
    case .uint8(let elements): try classes(elements, array.shape, name) { Double($0) }
    case .int32(let elements): try classes(elements, array.shape, name) { Double($0) }
    case .int64(let elements): try classes(elements, array.shape, name) { Double($0) }
    case .float32(let elements): try classes(elements, array.shape, name) { Double($0) }
    case .float64(let elements): try classes(elements, array.shape, name) { $0 }
    }
  }

  private static func classes<Element: Numeric>(
    _ elements: [Element], _ shape: Shape, _ name: String, number: (Element) -> Double
  ) throws -> [Int64] {
    let width = shape[1]
    return try (0..<shape[0]).map { row in
      let row = (index: row, elements: elements[row * width..<(row + 1) * width])
      guard let column = row.elements.firstIndex(of: 1),
        row.elements.allSatisfy({ $0 == 0 || $0 == 1 }),
        !row.elements[(column + 1)...].contains(1)
      else {
        throw DataError.Fact.notOneHot(
          array: name, shape: shape, row: row.index, found: fault(row.elements.map(number)))
      }
      return Int64(column - row.elements.startIndex)
    }
  }

  private static func fault(_ row: [Double]) -> OneHotFault {
    if let column = row.firstIndex(where: { $0 != 0 && $0 != 1 }) {
      return .otherNumber(row[column], column: column)
    }
    let ones = row.indices.filter { row[$0] == 1 }
    return ones.isEmpty ? .noOne : .severalOnes(columns: Array(ones.prefix(2)))
  }
}
