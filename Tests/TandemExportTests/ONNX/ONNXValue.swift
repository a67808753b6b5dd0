/// An array of a graph that is evaluated.
struct ONNXValue: Equatable {
  var shape: [Int]
  var elements: [Double]

  init(_ shape: [Int], _ elements: [Double]) {
    precondition(shape.reduce(1, *) == elements.count, "\(elements.count) values for \(shape)")
    self.shape = shape
    self.elements = elements
  }

  var integers: [Int] { elements.map { Int($0) } }

  func map(_ body: (Double) -> Double) -> ONNXValue { ONNXValue(shape, elements.map(body)) }

  /// Two arrays element by element, axes of one number repeated, as NumPy does it.
  func combined(
    with other: ONNXValue, _ body: (Double, Double) -> Double
  ) -> ONNXValue {
    let rank = max(shape.count, other.shape.count)
    func padded(_ shape: [Int]) -> [Int] {
      Array(repeating: 1, count: rank - shape.count) + shape
    }
    let (left, right) = (padded(shape), padded(other.shape))
    let result = zip(left, right).map { first, second in
      precondition(first == second || first == 1 || second == 1, "\(shape) and \(other.shape)")
      return max(first, second)
    }
    var elements: [Double] = []
    elements.reserveCapacity(result.reduce(1, *))
    var index = Array(repeating: 0, count: rank)
    for _ in 0..<result.reduce(1, *) {
      func offset(_ shape: [Int]) -> Int {
        zip(shape, index).reduce(0) { $0 * $1.0 + ($1.0 == 1 ? 0 : $1.1) }
      }
      elements.append(body(self.elements[offset(left)], other.elements[offset(right)]))
      var axis = rank - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < result[axis] { break }
        index[axis] = 0
        axis -= 1
      }
    }
    return ONNXValue(result, elements)
  }

  /// Numbers reduced along the last axes from `axis` on, which stay with one number each if they
  /// are kept.
  func reduced(
    from axis: Int, keeping: Bool, _ body: (ArraySlice<Double>) -> Double
  ) -> ONNXValue {
    let length = shape[axis...].reduce(1, *)
    let rest = keeping ? Array(repeating: 1, count: shape.count - axis) : []
    let values = (0..<elements.count / length).map {
      body(elements[$0 * length..<($0 + 1) * length])
    }
    return ONNXValue(Array(shape[..<axis]) + rest, values)
  }

  /// `[rows, inner] × [inner, columns]`; of arrays of more axes each matrix of the last two.
  func times(_ other: ONNXValue) -> ONNXValue {
    let (rows, inner) = (shape[shape.count - 2], shape[shape.count - 1])
    let columns = other.shape[other.shape.count - 1]
    precondition(other.shape[other.shape.count - 2] == inner, "\(shape) × \(other.shape)")
    let outer = shape.count >= other.shape.count ? shape : other.shape
    let count = outer.dropLast(2).reduce(1, *)
    let (step, otherStep) = (shape.count > 2 ? rows * inner : 0, inner * columns)
    var result: [Double] = []
    for matrix in 0..<count {
      let start = matrix * step
      let otherStart = other.shape.count > 2 ? matrix * otherStep : 0
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = 0.0
          for index in 0..<inner {
            sum +=
              elements[start + row * inner + index]
              * other.elements[otherStart + index * columns + column]
          }
          result.append(sum)
        }
      }
    }
    return ONNXValue(Array(outer.dropLast(2)) + [rows, columns], result)
  }

  var transposed: ONNXValue {
    let (rows, columns) = (shape[0], shape[1])
    return ONNXValue(
      [columns, rows],
      (0..<elements.count).map { elements[$0 % rows * columns + $0 / rows] })
  }
}
