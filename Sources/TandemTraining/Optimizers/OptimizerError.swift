/// Why an optimizer cannot be made.
package enum OptimizerError: Error, Hashable, CustomStringConvertible {
  case unknown(name: String, known: [String])
  case notTaken(HyperParameter, optimizer: String, taken: [HyperParameter])
  case outOfRange(HyperParameter, value: Double, objection: String)
  case nesterovWithoutMomentum
  /// An optimizer of the program's own has the name of another one.
  case nameTaken(String)

  package var description: String {
    switch self {
    case .unknown(let name, let known):
      "unknown optimizer \"\(name)\"; use `AnyOptimizer(named:)` with one of \(known.joined(separator: ", "))"
    case .notTaken(let key, let optimizer, let taken):
      "the optimizer \(optimizer) has no \(key.rawValue); leave out `\(key)` "
        + "(it takes \(taken.map { "`\($0)`" }.joined(separator: ", ")))"
    case .outOfRange(let key, let value, let objection):
      "`\(key)` \(value) is out of range: it \(objection)"
    case .nameTaken(let name):
      "two optimizers have the name \"\(name)\", by which checkpoints know them; give yours another one"
    case .nesterovWithoutMomentum:
      "Nesterov's form of SGD needs a momentum; add for example `momentum` 0.9, "
        + "or leave out `nesterov`"
    }
  }
}
