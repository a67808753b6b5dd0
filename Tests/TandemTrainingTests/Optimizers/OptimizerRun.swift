import TandemTraining

/// Parameters and state of an optimizer under test.
struct OptimizerRun {
  let optimizer: AnyOptimizer
  var parameters: [Float]
  var state: [[Float]]
  var stepsMade = 0

  init(_ optimizer: some Optimizer, parameters: [Float]) {
    self.init(AnyOptimizer(optimizer), parameters: parameters)
  }

  init(_ optimizer: AnyOptimizer, parameters: [Float]) {
    self.optimizer = optimizer
    self.parameters = parameters
    state = optimizer.stateNames.map { _ in Array(repeating: 0, count: parameters.count) }
  }

  /// One step, the elements updated range by range in the order of `cuts`.
  mutating func step(gradients: [Float], learningRate: Float, cuts: [Range<Int>]? = nil) {
    precondition(gradients.count == parameters.count)
    stepsMade += 1
    let ranges = cuts ?? [parameters.indices]
    let (optimizer, step) = (optimizer, stepsMade)
    withPointers(to: &parameters, &state) { parameters, state in
      for range in ranges {
        gradients[range].withUnsafeBufferPointer { gradients in
          guard let gradients = gradients.baseAddress else { return }
          optimizer.update(
            parameters: parameters + range.lowerBound, gradients: gradients,
            state: state.map { $0 + range.lowerBound }, count: range.count,
            learningRate: learningRate, step: step)
        }
      }
    }
  }

  /// Parameters after `steps` steps with the same gradients every time, as double.
  static func constant(
    _ optimizer: some Optimizer, parameters: [Float], gradients: [Float], learningRate: Float,
    steps: Int
  ) -> [Double] {
    var run = OptimizerRun(optimizer, parameters: parameters)
    for _ in 0..<steps { run.step(gradients: gradients, learningRate: learningRate) }
    return run.parameters.map(Double.init)
  }
}

/// Copies the vectors to memory with stable addresses for the duration of `body`, and back.
private func withPointers(
  to vector: inout [Float], _ others: inout [[Float]],
  _ body: (UnsafeMutablePointer<Float>, [UnsafeMutablePointer<Float>]) -> Void
) {
  let count = vector.count
  let pointers = ([vector] + others).map { elements in
    let pointer = UnsafeMutablePointer<Float>.allocate(capacity: count)
    pointer.initialize(from: elements, count: count)
    return pointer
  }
  body(pointers[0], Array(pointers.dropFirst()))
  let results = pointers.map { Array(UnsafeBufferPointer(start: $0, count: count)) }
  vector = results[0]
  others = Array(results.dropFirst())
  for pointer in pointers { pointer.deallocate() }
}
