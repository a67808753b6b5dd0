extension Team {
  /// Makes something on the first worker's thread and hands it to the caller.
  ///
  /// To be called as `run` is.
  /// - Throws: what `make` throws.
  package func onFirstWorker<Result: Sendable>(
    _ make: @escaping @Sendable () throws -> Result
  ) throws -> Result {
    let box = ResultBox<Result>()
    try run { worker in
      if worker.index == 0 { box.result = try make() }
    }
    guard let result = box.result else { preconditionFailure("a region without worker 0") }
    return result
  }
}

/// Safe to share: written by worker 0 in a region, read by the caller after it.
private final class ResultBox<Result>: @unchecked Sendable {
  var result: Result?
}
