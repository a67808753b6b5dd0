import TandemNetwork
import Testing

@Suite struct SoftmaxOperatorTests {
  @Test func proves() throws {
    try ThreeProofs(Network("softmax", input: [6]) { Softmax() })
      .check(output: [6], parameters: 0)
    try ThreeProofs(
      Network("softmax", input: [4]) {
        Dense(10)
        Softmax()
        Dense(3)
      }
    ).check(output: [3], parameters: 83)
  }
}
