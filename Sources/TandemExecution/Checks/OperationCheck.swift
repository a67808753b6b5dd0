import COneDNN
import TandemTensor

/// One operation of oneDNN's, run on a few numbers and compared with a plain loop.
package struct OperationCheck {
  package typealias Argument = CheckedPrimitive.Argument
  /// Runs a primitive; something else in tests of the check itself.
  package typealias Execution = (_ primitive: CheckedPrimitive, _ arguments: [Argument]) throws ->
    Void
  typealias Output = (kind: onednn_argument_kind, tensor: CheckedTensor, expected: Expected)

  let operation: Operation
  let forward: Operation?
  let execution: Execution
  var request: OperationRequest { operation.request }

  /// - Parameter forward: the forward pass, of a backward pass.
  init(
    _ operation: Operation, forward: Operation?,
    execution: @escaping Execution = { primitive, arguments in try primitive.run(arguments) }
  ) {
    self.operation = operation
    self.forward = forward
    self.execution = execution
  }

  /// What is wrong with the numbers, in words; nil if they are right.
  func fault() throws -> String? {
    switch request.kind {
    case .convolution(let window): try product(window)
    // A convolution of a single pixel.
    case .dense: try product(.single)
    case .pooling(let kind, let window): try pooling(kind, window)
    case .activation(let kind): try activation(kind)
    case .batchNormalization(let epsilon, let givenStatistics, let rectifies):
      try batchNormalization(epsilon, givenStatistics, rectifies)
    case .softmax: try softmax()
    case .reorder(let adds): try reorder(adds)
    }
  }

  // MARK: Operations

  private func product(_ window: onednn_window) throws -> String? {
    guard let weights = request.weights else { preconditionFailure("products have weights") }
    func maps(_ shape: [Int]) -> [Int] {
      shape + Array(repeating: 1, count: max(0, 4 - shape.count))
    }
    let (source, destination) = (request.source.shape, request.destination.shape)
    let loops = PlainLoops.Convolution(
      source: maps(source), weights: maps(weights.shape), destination: maps(destination), window)
    let x = Numbers.small(source, seed: 1)
    let w = Numbers.small(weights.shape, seed: 2)
    let dy = Numbers.small(destination, seed: 3)
    switch request.pass {
    case .inference, .training:
      let bias = request.bias.map { Numbers.small($0.shape, seed: 4) }
      var arguments = [
        try input(onednn_argument_source, onednn_role_source, x),
        try input(onednn_argument_weights, onednn_role_weights, w),
      ]
      if let bias, let descriptor = request.bias {
        arguments.append((onednn_argument_bias, try CheckedTensor(descriptor, bias)))
      }
      let area = destination.dropFirst(2).reduce(1, *)
      let y = Expected(count: dy.count, terms: loops.outputTerms) { place in
        let sum = loops.output(place, x, w) + (bias.map { $0[place / area % destination[1]] } ?? 0)
        return PlainLoops.activation(request.activation, sum)
      }
      return try run(
        arguments, [output(onednn_argument_destination, onednn_role_destination, y)])
    case .backwardInput:
      let dx = Expected(count: x.count, terms: loops.inputGradientTerms) {
        loops.inputGradient($0, dy, w)
      }
      return try run(
        [
          input(onednn_argument_destination_gradient, onednn_role_destination_gradient, dy),
          input(onednn_argument_weights, onednn_role_weights, w),
        ], [output(onednn_argument_source_gradient, onednn_role_source_gradient, dx)])
    case .backwardParameters, .backward:
      let dw = Expected(count: w.count, terms: loops.weightsGradientTerms) {
        loops.weightsGradient($0, x, dy)
      }
      var outputs = [
        try output(onednn_argument_weights_gradient, onednn_role_weights_gradient, dw)
      ]
      if let bias = request.bias {
        let sums = Expected(Numbers.sums(dy, destination, axis: 1))
        outputs.append((onednn_argument_bias_gradient, CheckedTensor(bias), sums))
      }
      return try run(
        [
          input(onednn_argument_source, onednn_role_source, x),
          input(onednn_argument_destination_gradient, onednn_role_destination_gradient, dy),
        ], outputs)
    }
  }

  private func pooling(_ kind: onednn_pooling, _ window: onednn_window) throws -> String? {
    let (source, destination) = (request.source.shape, request.destination.shape)
    let maps = PlainLoops.Maps(source: source, destination: destination, window)
    let planes = source[0] * source[1]
    // Never two equal ones in a window, as either may win.
    let x = Numbers.distinct(source, columns: maps.kernel.width, count: maps.kernel.height)
    let forward = forward ?? operation
    var arguments = [try input(onednn_argument_source, onednn_role_source, x, of: forward)]
    let workspace = try forward.optionalDescriptor(onednn_role_workspace).map(CheckedTensor.init)
    if let workspace { arguments.append((onednn_argument_workspace, workspace)) }
    let y = try output(
      onednn_argument_destination, onednn_role_destination,
      Expected(PlainLoops.pooling(kind, maps, x, planes: planes)), of: forward)
    guard self.forward != nil else { return try run(arguments, [y]) }

    try CheckedPrimitive(forward).run(arguments + [(y.kind, y.tensor)])
    let dy = Numbers.small(destination, seed: 3)
    let dx = PlainLoops.poolingBackward(kind, maps, x, gradient: dy, planes: planes)
    var given = [
      try input(onednn_argument_destination_gradient, onednn_role_destination_gradient, dy)
    ]
    if let workspace { given.append((onednn_argument_workspace, workspace)) }
    return try run(
      given, [output(onednn_argument_source_gradient, onednn_role_source_gradient, Expected(dx))])
  }

  private func activation(_ kind: Activation) throws -> String? {
    let shape = request.source.shape
    guard forward != nil else {
      let x = Numbers.small(shape, seed: 1)
      let y = Expected(x.map { PlainLoops.activation(kind, $0) })
      return try run(
        [input(onednn_argument_source, onednn_role_source, x)],
        [output(onednn_argument_destination, onednn_role_destination, y)])
    }
    // Outputs of a tanh or a sigmoid would be rounded in bfloat16; these are not.
    let y = Numbers.small(shape, seed: 2).map { kind == .relu ? max($0, 0) : $0 }
    let dy = Numbers.small(shape, seed: 3)
    let dx = zip(dy, y).map { $0 * PlainLoops.derivative(kind, $1) }
    return try backwardFromOutput(y, dy, dx)
  }

  private func softmax() throws -> String? {
    let shape = request.source.shape
    let x = Numbers.small(shape, seed: 1)
    let y = PlainLoops.softmax(x, features: shape[1])
    guard forward != nil else {
      return try run(
        [input(onednn_argument_source, onednn_role_source, x)],
        [output(onednn_argument_destination, onednn_role_destination, Expected(y))])
    }
    let dy = Numbers.small(shape, seed: 3)
    return try backwardFromOutput(
      y, dy, PlainLoops.softmaxBackward(y, gradient: dy, features: shape[1]))
  }

  /// A backward pass that reads what forward put out.
  private func backwardFromOutput(
    _ y: [Double], _ dy: [Double], _ dx: [Double]
  ) throws -> String? {
    try run(
      [
        (onednn_argument_destination, CheckedTensor(request.source, y)),
        (onednn_argument_destination_gradient, CheckedTensor(request.destination, dy)),
      ], [output(onednn_argument_source_gradient, onednn_role_source_gradient, Expected(dx))])
  }

  private func reorder(_ adds: Bool) throws -> String? {
    let x = Numbers.small(request.source.shape, seed: 1)
    let before = Numbers.small(request.source.shape, seed: 2)
    let destination =
      adds
      ? try CheckedTensor(request.destination, before) : CheckedTensor(request.destination)
    let expected = Expected(adds ? zip(x, before).map(+) : x)
    return try run(
      [(onednn_argument_from, CheckedTensor(request.source, x))],
      [(onednn_argument_to, destination, expected)])
  }

  // MARK: Running

  /// An input in the format that an operation has chosen.
  func input(
    _ kind: onednn_argument_kind, _ role: onednn_role, _ values: [Double],
    of chosen: Operation? = nil
  ) throws -> Argument {
    (kind, try CheckedTensor((chosen ?? operation).descriptor(role), values))
  }

  /// An output in the format that an operation has chosen.
  func output(
    _ kind: onednn_argument_kind, _ role: onednn_role, _ expected: Expected,
    of chosen: Operation? = nil
  ) throws -> Output {
    (kind, try CheckedTensor((chosen ?? operation).descriptor(role)), expected)
  }

  /// Runs the operation; returns what is wrong with its outputs.
  func run(_ inputs: [Argument], _ outputs: [Output]) throws -> String? {
    try execution(CheckedPrimitive(operation), inputs + outputs.map { ($0.kind, $0.tensor) })
    for output in outputs {
      if let fault = output.expected.difference(from: output.tensor) { return fault }
    }
    return nil
  }
}

extension onednn_window {
  fileprivate static let single = onednn_window(
    kernel: (1, 1), stride: (1, 1), padding_before: (0, 0), padding_after: (0, 0))
}
