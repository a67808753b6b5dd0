import TandemNetwork
import Testing

@Suite struct FlattenOperatorTests {
  @Test func proves() throws {
    try ThreeProofs(
      Network("flatten", input: [3, 4, 5]) {
        Flatten()
        Dense(2)
      }
    )
    .check(output: [2], parameters: 122)
    try ThreeProofs(
      Network("flatten", input: [3, 5, 5]) {
        Conv2D(16, kernel: 2)
        Tanh()
        Flatten()
        ReLU()
        Dense(3)
      }
    ).check(output: [3], parameters: 208 + 771)
  }

  /// What follows a flattened image may not overwrite the caller's images.
  @Test func leavesTheImagesAlone() throws {
    let proofs = try ThreeProofs(
      Network("flatten", input: [2, 2, 2]) {
        Flatten()
        ReLU()
      })
    let before = proofs.images
    _ = try proofs.runInference()
    _ = try proofs.runEngine()
    #expect(proofs.images == before)
    try proofs.check(output: [8], parameters: 0)
  }
}
