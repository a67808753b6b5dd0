import TandemTensor

/// The directions in which rows of numbers differ most, and where the rows lie along them:
/// principal component analysis (Pearson 1901; Jolliffe 2002). The same rows give the same bits.
///
/// Of whichever is smaller, the covariance of the columns or the products of the rows, the largest
/// eigenvalues are found by subspace iteration with Rayleigh–Ritz steps (Golub and Van Loan,
/// "Matrix Computations", 8.2), in double precision. A component's sign is such that its entry with
/// the largest absolute value, the first of equals, is positive.
package struct PrincipalComponents: Sendable {
  /// Variances along the components, largest first, with n − 1 in the denominator.
  package let variances: [Double]
  /// The variance of all columns together.
  package let totalVariance: Double
  /// `[components][columns]`, each of length 1; zeros where rows do not differ any more.
  package let components: [[Double]]
  /// `[rows][components]`: what is left of a row, its mean taken off, along each component.
  package let scores: [[Double]]

  /// - Parameters:
  ///   - rows: `[N, …]`, at least two.
  ///   - count: how many components.
  package init(_ rows: Tensor, count: Int) {
    let (images, features) = (rows.shape[0], rows.shape.elementCount / rows.shape[0])
    precondition(images > 1 && features > 0 && count > 0, "\(rows.shape)")
    let centred = Self.centred(rows.elements, images: images, features: features)
    let isTall = features <= images
    let vectors = isTall ? Self.transposed(centred) : centred
    let matrix = SymmetricMatrix(productsOf: vectors, divisor: Double(images - 1))
    totalVariance = (0..<matrix.count).reduce(0.0) { $0 + matrix[$1, $1] }
    let found = matrix.largestEigenvectors(count)
    var components: [[Double]] = []
    for vector in found.vectors {
      var direction = vector
      if !isTall {
        // From weights of rows to a direction among columns.
        direction = [Double](repeating: 0, count: features)
        for (weight, row) in zip(vector, centred) {
          for column in 0..<features { direction[column] += weight * row[column] }
        }
      }
      components.append(Self.unit(direction))
    }
    while components.count < count {
      components.append([Double](repeating: 0, count: features))
    }
    variances = (found.values + [Double](repeating: 0, count: count)).prefix(count).map {
      max(0, $0)
    }
    self.components = components
    scores = centred.map { row in components.map { SymmetricMatrix.product(row, $0) } }
  }

  /// The part of the whole variance that a component has; 0 where nothing differs.
  package func share(_ component: Int) -> Double {
    totalVariance > 0 ? variances[component] / totalVariance : 0
  }

  private static func centred(_ elements: [Float], images: Int, features: Int) -> [[Double]] {
    var means = [Double](repeating: 0, count: features)
    for image in 0..<images {
      for column in 0..<features { means[column] += Double(elements[image * features + column]) }
    }
    for column in 0..<features { means[column] /= Double(images) }
    return (0..<images).map { image in
      (0..<features).map { Double(elements[image * features + $0]) - means[$0] }
    }
  }

  private static func transposed(_ rows: [[Double]]) -> [[Double]] {
    rows[0].indices.map { column in rows.map { $0[column] } }
  }

  /// Of length 1, with the sign that its largest entry decides; zeros stay.
  private static func unit(_ vector: [Double]) -> [Double] {
    let length = SymmetricMatrix.product(vector, vector).squareRoot()
    guard length > 0 else { return vector }
    var largest = 0
    for index in vector.indices where abs(vector[index]) > abs(vector[largest]) { largest = index }
    let scale = (vector[largest] < 0 ? -1 : 1) / length
    return vector.map { $0 * scale }
  }
}
