import TandemExecution
import TandemNetwork
import TandemTensor
import Testing

@Suite struct ActivationOperatorTests {
  static let activations: [any Layer] = [ReLU(), Tanh(), Sigmoid()]

  @Test func provesFirstInTheNetwork() throws {
    for activation in Self.activations {
      try ThreeProofs(Network("activation", input: [2, 3, 5]) { activation })
        .check(output: [2, 3, 5], parameters: 0)
    }
  }

  @Test func provesAfterAndBeforePooling() throws {
    for activation in Self.activations {
      try ThreeProofs(
        Network("activation", input: [2, 8, 8]) {
          Conv2D(16, kernel: 3, padding: 1)
          MaxPool2D(2)
          activation
          AveragePool2D(2)
          activation
        }
      ).check(output: [16, 2, 2], parameters: 304)
    }
  }

  /// Max pooling applies the derivative itself; overlapping windows share elements, and a second
  /// reader of the activation rules it out.
  @Test func provesBeforeMaxPooling() throws {
    for activation in Self.activations {
      for pooling in [MaxPool2D(2), MaxPool2D(3, stride: 2, padding: 1)] {
        try ThreeProofs(
          Network("activation", input: [2, 8, 8]) {
            Conv2D(16, kernel: 3, padding: 1)
            activation
            pooling
            Dense(3)
          }
        ).check(output: [3], parameters: 304 + 771)
      }
      try ThreeProofs(
        Network("activation", input: [2, 8, 8]) {
          Conv2D(5, kernel: 3, padding: 1)
          activation
          Residual { MaxPool2D(3, stride: 1, padding: 1) }
          Dense(3)
        }
      ).check(output: [3], parameters: 95 + 963)
    }
  }

  @Test func beforeMaxPoolingIsNotKeptForBackward() throws {
    let plan = try Plan(
      Network("activation", input: [3, 16, 16]) {
        Conv2D(16, kernel: 3, padding: 1).named("conv")
        ReLU()
        MaxPool2D(2)
        Dense(3)
      }.graph(), images: 1, mode: .training)
    let output = try #require(plan.placements.first { $0.label == "conv output" })
    // Written, rectified, pooled.
    #expect(output.lifetime.count == 3)
    #expect(!plan.report.contains { $0.label == "relu1 backward input" })
  }

  /// The second reads its own output and the first one's, which it must not overwrite.
  @Test func provesTwoInARow() throws {
    for (first, second) in zip(Self.activations, Self.activations.reversed()) {
      try ThreeProofs(
        Network("activation", input: [5]) {
          Dense(8)
          first
          second
          Dense(3)
        }
      ).check(output: [3], parameters: 75)
    }
  }
}
