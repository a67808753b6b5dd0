/// Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations (Crelle's Journal 30,
/// 1846), for matrices of a few rows.
struct SymmetricEigen {
  /// The largest first.
  let values: [Double]
  /// The vectors, of length 1, in the order of the values; the largest component of each is
  /// positive.
  let vectors: [[Double]]

  private static let mostSweeps = 64

  init(_ matrix: [[Double]]) {
    let count = matrix.count
    var matrix = matrix
    var columns = (0..<count).map { row in (0..<count).map { $0 == row ? 1.0 : 0 } }
    for _ in 0..<Self.mostSweeps {
      var rest = 0.0
      for row in 0..<count {
        for column in row + 1..<max(count, row + 1) { rest += abs(matrix[row][column]) }
      }
      if rest == 0 { break }
      for row in 0..<count {
        for column in row + 1..<max(count, row + 1) {
          Self.rotate(&matrix, &columns, row, column)
        }
      }
    }
    let order = (0..<count).sorted { matrix[$0][$0] > matrix[$1][$1] }
    values = order.map { matrix[$0][$0] }
    vectors = order.map { number in
      let vector = columns.map { $0[number] }
      let largest = vector.max { abs($0) < abs($1) } ?? 1
      return largest < 0 ? vector.map { -$0 } : vector
    }
  }

  /// Turns rows and columns p and q so that the element between them becomes 0.
  private static func rotate(
    _ matrix: inout [[Double]], _ vectors: inout [[Double]], _ p: Int, _ q: Int
  ) {
    guard matrix[p][q] != 0 else { return }
    let slope = (matrix[q][q] - matrix[p][p]) / (2 * matrix[p][q])
    let tangent = (slope < 0 ? -1 : 1) / (abs(slope) + (slope * slope + 1).squareRoot())
    let cosine = 1 / (tangent * tangent + 1).squareRoot()
    let sine = tangent * cosine
    for k in matrix.indices {
      let (atP, atQ) = (matrix[k][p], matrix[k][q])
      matrix[k][p] = cosine * atP - sine * atQ
      matrix[k][q] = sine * atP + cosine * atQ
    }
    for k in matrix.indices {
      let (atP, atQ) = (matrix[p][k], matrix[q][k])
      matrix[p][k] = cosine * atP - sine * atQ
      matrix[q][k] = sine * atP + cosine * atQ
      let (inP, inQ) = (vectors[k][p], vectors[k][q])
      vectors[k][p] = cosine * inP - sine * inQ
      vectors[k][q] = sine * inP + cosine * inQ
    }
    (matrix[p][q], matrix[q][p]) = (0, 0)
  }
}
