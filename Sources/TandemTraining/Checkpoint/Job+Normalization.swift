import TandemCollectives
import TandemData

extension Job {
  /// How the first rank scales pixels, on all ranks.
  /// - Throws: what `make` throws on the first rank; `MemoryError`, `JobError`.
  package func normalization(
    _ activity: String, _ make: () throws -> Normalization
  ) throws -> Normalization {
    var own: Normalization?
    let described = try fromFirstRank(activity) {
      let made = try make()
      own = made
      return made
    }
    return try completed(described, own)
  }

  /// Gives all ranks the matrix of a whitening, of which they have the description.
  /// - Parameter own: the first rank's, with the matrix; nil on the others.
  package func completed(
    _ normalization: Normalization, _ own: Normalization?
  ) throws -> Normalization {
    guard let described = normalization.whitening, size > 1 else { return own ?? normalization }
    let matrix = try own?.whitening?.matrix ?? WhiteningMatrix(count: described.count)
    try broadcast("sending the whitening", UnsafeMutableRawBufferPointer(matrix.elements))
    guard let whitening = described.with(matrix) else {
      preconditionFailure("another matrix than the first rank's")
    }
    return normalization.with(whitening)
  }
}
