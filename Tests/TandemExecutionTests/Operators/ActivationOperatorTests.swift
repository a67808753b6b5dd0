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
