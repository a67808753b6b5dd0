import TandemNetwork
import Testing

@Suite struct JoinOperatorTests {
  /// Channel counts that end within a block and at its end.
  @Test(arguments: [(16, 32), (5, 3), (16, 1), (8, 24)])
  func provesConcatenation(first: Int, second: Int) throws {
    try ThreeProofs(
      Network("concat", input: [3, 6, 6]) {
        Conv2D(4, kernel: 1).named("stem")
        Concat("join") {
          Branch { Conv2D(first, kernel: 1) }
          Branch {
            Conv2D(second, kernel: 3, padding: 1)
            ReLU()
          }
          Branch { MaxPool2D(3, stride: 1, padding: 1) }
        }
        Tanh()
        Conv2D(2, kernel: 3).named("head")
      }
    ).check(
      output: [2, 4, 4],
      parameters: 16 + 5 * first + 37 * second + (18 * (first + second + 4) + 2))
  }

  @Test func provesAddition() throws {
    try ThreeProofs(
      Network("residual", input: [3, 6, 6]) {
        Conv2D(8, kernel: 3, padding: 1)
        ReLU()
        Residual {
          Conv2D(8, kernel: 3, padding: 1)
          ReLU()
          Conv2D(8, kernel: 3, padding: 1)
        }
        ReLU()
        Residual {
          Conv2D(12, kernel: 3, stride: 2, padding: 1)
        } shortcut: {
          Conv2D(12, kernel: 1, stride: 2)
        }
        Tanh()
        Dense(3)
      }
    ).check(output: [3], parameters: 224 + 584 + 584 + 876 + 108 + 327)
  }

  /// Sums of more than two gradients, of a ReLU's output and of others, and numbers of elements
  /// that are no multiple of a vector's; sums in place of a branch's output and beside outputs that
  /// are kept.
  @Test(arguments: [3, 16])
  func provesManyReaders(channels: Int) throws {
    try ThreeProofs(
      Network("readers", input: [3, 5, 5]) {
        Conv2D(channels, kernel: 3, padding: 1)
        ReLU()
        for _ in 0..<2 {
          Concat {
            Branch { Conv2D(channels, kernel: 1) }
            Branch { Conv2D(channels, kernel: 3, padding: 1) }
            Branch { MaxPool2D(3, stride: 1, padding: 1) }
          }
          Conv2D(channels, kernel: 1)
        }
        Residual {
          Conv2D(channels, kernel: 1)
          Sigmoid()
        }
        ReLU()
        Residual { Conv2D(channels, kernel: 1) }
        Tanh()
        Dense(2)
      }
    ).check(
      output: [2],
      parameters: 28 * channels + 2 * (13 * channels * channels + 3 * channels)
        + 2 * (channels * channels + channels) + 50 * channels + 2)
  }

  /// A sum hands the same gradient to all its inputs; what one of them does to it in place must not
  /// reach the others.
  @Test func keepsSharedGradientsIntact() throws {
    try ThreeProofs(
      Network("residual", input: [6]) {
        Dense(6)
        Residual {
          Dense(6)
          Tanh()
        } shortcut: {
          Dense(6)
          Sigmoid()
        }
        Residual {
          ReLU()
        }
      }
    ).check(output: [6], parameters: 126)
  }
}
