import TandemExecution
import TandemNetwork
import TandemTensor
import Testing

@Suite struct DropoutOperatorTests {
  /// The reference draws the same masks by its own code, so the engine must agree number by number.
  @Test(arguments: [Float(0.25), 0.5, 0.75])
  func provesWithTheReferenceMask(rate: Float) throws {
    var proofs = try ThreeProofs(
      Network("dropout", input: [3, 6, 6]) {
        Conv2D(16, kernel: 3)
        ReLU()
        Dropout(rate)
        Dense(11)
        Tanh()
        Dropout(rate)
        Dense(4)
      }, images: 5)
    proofs.dropout = DropoutContext(seed: 7, epoch: 3, firstPosition: 40)
    try proofs.check(output: [4], parameters: 448 + 2827 + 48)
  }

  @Test func keepsTheRightShareAndItsScale() throws {
    let network = Network("dropout", input: [10_000]) { Dropout(0.3) }
    let plan = try Plan(
      network.graph(), images: 2, mode: .training, use: PlanUse(gradientOfImages: true))
    let parameters = try MemoryArena(byteCount: 64, purpose: "test")
    let replica = try Replica(plan: plan, parameters: parameters.floats())
    let images = [Float](repeating: 1, count: 20_000)
    try images.withUnsafeBufferPointer {
      try replica.forward(
        images: $0.baseAddress!, dropout: DropoutContext(seed: 1, epoch: 0, firstPosition: 0))
    }
    let output = UnsafeBufferPointer(start: replica.logits, count: 20_000)
    let kept = output.filter { $0 != 0 }
    // Standard deviation of the count: √(20,000 · 0.3 · 0.7) ≈ 65.
    #expect(abs(kept.count - 14_000) < 325)
    #expect(kept.allSatisfy { $0 == 1 / (1 - Float(0.3)) })
    #expect(Array(output[..<10_000]) != Array(output[10_000...]))
  }

  @Test func doesNothingAtInferenceAndForRateZero() throws {
    let proofs = try ThreeProofs(
      Network("dropout", input: [4]) {
        Dropout(0.5)
        Dense(3)
        Dropout(0)
      })
    let plain = try ThreeProofs(Network("plain", input: [4]) { Dense(3) })
    #expect(try proofs.runInference() == plain.runInference())
  }
}
