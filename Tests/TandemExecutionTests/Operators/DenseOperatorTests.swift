import TandemNetwork
import TandemTensor
import Testing

@Suite struct DenseOperatorTests {
  @Test func provesOnFeaturesAndOnMaps() throws {
    try ThreeProofs(Network("dense", input: [20]) { Dense(7) })
      .check(output: [7], parameters: 147)
    try ThreeProofs(Network("dense", input: [3, 4, 5]) { Dense(6) })
      .check(output: [6], parameters: 366)
    try ThreeProofs(Network("dense", input: [9]) { Dense(33, bias: false) })
      .check(output: [33], parameters: 297)
  }

  @Test func provesWithFusedActivations() throws {
    for activation in [ReLU(), Tanh(), Sigmoid()] as [any Layer] {
      try ThreeProofs(
        Network("dense", input: [12]) {
          Dense(16)
          activation
          Dense(5)
          activation
        }, images: 4
      ).check(output: [5], parameters: 293)
    }
  }

  /// Enough images and weights for our own kernel: more images than a block has, then fewer than
  /// that, and outputs that its tiles do not divide.
  @Test(arguments: [21, 9]) func provesWithTheOwnKernel(images: Int) throws {
    try ThreeProofs(
      Network("dense", input: [260]) {
        Dense(256)
        Tanh()
        Dense(3)
      }, images: images
    ).check(output: [3], parameters: 261 * 256 + 257 * 3)
    try ThreeProofs(
      Network("dense", input: [3, 6, 6]) {
        Conv2D(16, kernel: 3)
        Dense(257)
      }, images: images
    ).check(output: [257], parameters: 448 + 257 * 257)
  }

  /// Maps come out of a convolution in a blocked order; the dense layer must see `[C, H, W]`.
  @Test func readsMapsInPlainOrder() throws {
    try ThreeProofs(
      Network("dense", input: [3, 6, 6]) {
        Conv2D(16, kernel: 3)
        Dense(4)
      }
    ).check(output: [4], parameters: 448 + 1028)
  }
}
