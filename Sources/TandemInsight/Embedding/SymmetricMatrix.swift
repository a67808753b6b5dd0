import TandemTensor

/// A symmetric matrix of double precision.
struct SymmetricMatrix {
  let count: Int
  private var rows: [[Double]]

  subscript(row: Int, column: Int) -> Double { rows[row][column] }

  /// The products of vectors with each other, divided.
  init(productsOf vectors: [[Double]], divisor: Double) {
    count = vectors.count
    rows = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    for row in 0..<count {
      for column in 0...row {
        let value = Self.product(vectors[row], vectors[column]) / divisor
        rows[row][column] = value
        rows[column][row] = value
      }
    }
  }

  /// The sum of products, in an order that depends on the length alone.
  static func product(_ first: [Double], _ second: [Double]) -> Double {
    precondition(first.count == second.count, "vectors of one length")
    return first.withUnsafeBytes { first in
      second.withUnsafeBytes { second in
        var sums = SIMD8<Double>()
        let stride = MemoryLayout<SIMD8<Double>>.size
        let whole = first.count / stride * stride
        for offset in Swift.stride(from: 0, to: whole, by: stride) {
          sums +=
            first.loadUnaligned(fromByteOffset: offset, as: SIMD8<Double>.self)
            * second.loadUnaligned(fromByteOffset: offset, as: SIMD8<Double>.self)
        }
        var sum = sums.sum()
        for offset in Swift.stride(from: whole, to: first.count, by: MemoryLayout<Double>.size) {
          sum +=
            first.loadUnaligned(fromByteOffset: offset, as: Double.self)
            * second.loadUnaligned(fromByteOffset: offset, as: Double.self)
        }
        return sum
      }
    }
  }

  private func times(_ vector: [Double]) -> [Double] {
    rows.map { Self.product($0, vector) }
  }

  // MARK: Eigenvalues

  /// Vectors beside those that are asked for: the more, the fewer rounds.
  private static let additional = 8
  private static let mostRounds = 2000
  /// How far from an eigenvector, of the largest eigenvalue, one may stay.
  private static let tolerance = 1e-10

  /// The largest eigenvalues with their vectors of length 1, as many as there are.
  ///
  /// - Precondition: no eigenvalue is negative.
  func largestEigenvectors(_ wanted: Int) -> (values: [Double], vectors: [[Double]]) {
    let wanted = min(wanted, count)
    let size = min(count, wanted + Self.additional)
    var random = CounterRandom(seed: 0, purpose: .inspection).sequence(0)
    var basis = orthonormal(
      (0..<size).map { _ in (0..<count).map { _ in Double(random.normal()) } })
    var values: [Double] = []
    for _ in 0..<Self.mostRounds {
      let images = basis.map(times)
      let small = (0..<size).map { row in
        (0..<size).map { Self.product(basis[row], images[$0]) }
      }
      let (ritz, rotation) = Self.jacobi(small)
      values = ritz
      let rotated = Self.combined(basis, rotation)
      let rotatedImages = Self.combined(images, rotation)
      let isDone = (0..<wanted).allSatisfy { index in
        let rest = zip(rotatedImages[index], rotated[index]).map { $0 - ritz[index] * $1 }
        return Self.product(rest, rest).squareRoot() <= Self.tolerance * max(ritz[0], 0)
      }
      if isDone {
        return (Array(ritz.prefix(wanted)), Array(rotated.prefix(wanted)))
      }
      basis = orthonormal(rotatedImages)
    }
    return (Array(values.prefix(wanted)), Array(basis.prefix(wanted)))
  }

  /// Vectors of the same span, at right angles and of length 1 (Gram–Schmidt, twice); in place of
  /// one that says nothing new an axis does.
  private func orthonormal(_ vectors: [[Double]]) -> [[Double]] {
    var basis: [[Double]] = []
    var axis = 0
    for vector in vectors {
      var candidate = vector
      while true {
        let before = Self.product(candidate, candidate).squareRoot()
        for _ in 0..<2 {
          for other in basis {
            let part = Self.product(candidate, other)
            for index in candidate.indices { candidate[index] -= part * other[index] }
          }
        }
        let length = Self.product(candidate, candidate).squareRoot()
        if length > 1e-10 * before, length > .leastNormalMagnitude {
          basis.append(candidate.map { $0 / length })
          break
        }
        candidate = (0..<count).map { $0 == axis ? 1 : 0 }
        axis += 1
      }
    }
    return basis
  }

  /// Sums of vectors with the weights of each of some columns.
  private static func combined(_ vectors: [[Double]], _ columns: [[Double]]) -> [[Double]] {
    columns.map { weights in
      var sum = [Double](repeating: 0, count: vectors[0].count)
      for (weight, vector) in zip(weights, vectors) {
        for index in sum.indices { sum[index] += weight * vector[index] }
      }
      return sum
    }
  }

  /// All eigenvalues of a small matrix, largest first, with their vectors, by Jacobi's rotations.
  static func jacobi(_ matrix: [[Double]]) -> (values: [Double], vectors: [[Double]]) {
    var a = matrix
    let size = a.count
    var vectors = (0..<size).map { row in (0..<size).map { $0 == row ? 1.0 : 0.0 } }
    for _ in 0..<60 {
      var rest = 0.0
      for row in 0..<size { for column in 0..<row { rest += a[row][column] * a[row][column] } }
      if rest == 0 { break }
      for p in 0..<size {
        for q in p + 1..<max(size, p + 1) where a[p][q] != 0 {
          let theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
          let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
          let c = 1 / (t * t + 1).squareRoot()
          let s = t * c
          for k in 0..<size {
            (a[k][p], a[k][q]) = (c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q])
          }
          for k in 0..<size {
            (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k])
            (vectors[p][k], vectors[q][k]) = (
              c * vectors[p][k] - s * vectors[q][k], s * vectors[p][k] + c * vectors[q][k]
            )
          }
        }
      }
    }
    let order = (0..<size).sorted { (-a[$0][$0], $0) < (-a[$1][$1], $1) }
    return (order.map { a[$0][$0] }, order.map { vectors[$0] })
  }
}
