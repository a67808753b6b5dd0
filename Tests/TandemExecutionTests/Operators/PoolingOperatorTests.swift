import TandemExecution
import TandemNetwork
import TandemTensor
import Testing

@Suite struct PoolingOperatorTests {
  private func check(
    _ layer: any Layer, input: Shape, output: Shape,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try ThreeProofs(Network("pool", input: input) { layer })
      .check(output: output, parameters: 0, sourceLocation: sourceLocation)
    // The same behind a convolution, whose output has a blocked format.
    try ThreeProofs(
      Network("pool", input: input) {
        Conv2D(input[0], kernel: 1, groups: input[0], bias: false)
        layer
      }
    ).check(output: output, parameters: input[0], sourceLocation: sourceLocation)
  }

  @Test func provesMaxPooling() throws {
    try check(MaxPool2D(2), input: [3, 8, 8], output: [3, 4, 4])
    try check(MaxPool2D(2), input: [5, 7, 9], output: [5, 3, 4])
    try check(MaxPool2D(3, stride: 2), input: [16, 9, 9], output: [16, 4, 4])
    try check(MaxPool2D(3, stride: 2, padding: 1), input: [4, 8, 8], output: [4, 4, 4])
    try check(MaxPool2D(3, stride: 2, ceilMode: true), input: [17, 8, 8], output: [17, 4, 4])
    try check(
      MaxPool2D(Size2D(height: 1, width: 3), stride: Size2D(height: 1, width: 2)),
      input: [2, 4, 7], output: [2, 4, 3])
    try check(MaxPool2D(3, stride: 2, padding: .same), input: [2, 8, 8], output: [2, 4, 4])
    try check(MaxPool2D(17, stride: 3, padding: 8), input: [2, 18, 18], output: [2, 6, 6])
  }

  /// The derivative of an activation before is the pooling's business.
  @Test func provesMaxPoolingOfActivations() throws {
    for activation: any Layer in [ReLU(), Tanh(), Sigmoid()] {
      try ThreeProofs(
        Network("pool", input: [3, 9, 9]) {
          Conv2D(20, kernel: 3)
          activation
          MaxPool2D(3, stride: 2)
          Conv2D(4, kernel: 3)
        }
      ).check(output: [4, 1, 1], parameters: 560 + 724)
    }
  }

  @Test func provesAveragePooling() throws {
    try check(AveragePool2D(2), input: [3, 8, 8], output: [3, 4, 4])
    try check(AveragePool2D(3, stride: 1), input: [16, 5, 6], output: [16, 3, 4])
    try check(AveragePool2D(3, stride: 2, padding: 1), input: [4, 8, 8], output: [4, 4, 4])
    try check(
      AveragePool2D(3, stride: 2, padding: 1, countIncludesPadding: false), input: [4, 8, 8],
      output: [4, 4, 4])
    try check(
      AveragePool2D(3, stride: 2, ceilMode: true), input: [6, 8, 8], output: [6, 4, 4])
    try check(
      AveragePool2D(3, stride: 2, padding: 1, ceilMode: true, countIncludesPadding: false),
      input: [6, 8, 8], output: [6, 5, 5])
  }

  @Test func provesGlobalAveragePooling() throws {
    try check(GlobalAveragePool2D(), input: [3, 4, 5], output: [3])
    try check(GlobalAveragePool2D(), input: [20, 7, 7], output: [20])
    try ThreeProofs(
      Network("pool", input: [2, 6, 6]) {
        Conv2D(24, kernel: 3)
        ReLU()
        GlobalAveragePool2D()
        Dense(5)
      }
    ).check(output: [5], parameters: 456 + 125)
  }

  @Test func refusesWhatItCannotCompute() throws {
    let graph = try Network("pool", input: [6, 8, 8]) {
      AveragePool2D(3, stride: 2, padding: 1, ceilMode: true).named("bad")
    }.graph()
    let error = #expect(throws: ExecutionError.self) {
      try Plan(graph, images: 1, mode: .inference)
    }
    #expect(error?.description.contains("layer bad") == true)
    #expect(error?.description.contains("countIncludesPadding") == true)
  }
}
