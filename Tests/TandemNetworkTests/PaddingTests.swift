import TandemNetwork
import TandemTensor
import Testing

@Suite struct PaddingTests {
  @Test func literalIsTheSameAtEverySide() {
    let padding: Padding = 2
    #expect(padding == .explicit(top: 2, bottom: 2, left: 2, right: 2))
    #expect(
      padding.resolved(input: 9, kernel: 3, stride: 1)
        == Edges(top: 2, bottom: 2, left: 2, right: 2))
    #expect(Padding.valid.resolved(input: 9, kernel: 3, stride: 1) == .zero)
  }

  /// TensorFlow's rule by hand: total = max(0, (⌈input / stride⌉ - 1) · stride + kernel - input).
  @Test(arguments: [
    (input: 9, kernel: 3, stride: 1, before: 1, after: 1),
    (input: 9, kernel: 4, stride: 1, before: 1, after: 2),
    (input: 9, kernel: 3, stride: 2, before: 1, after: 1),
    (input: 8, kernel: 3, stride: 2, before: 0, after: 1),
    (input: 224, kernel: 7, stride: 2, before: 2, after: 3),
    (input: 5, kernel: 1, stride: 3, before: 0, after: 0),
    (input: 6, kernel: 2, stride: 4, before: 0, after: 0),
    (input: 1, kernel: 5, stride: 1, before: 2, after: 2),
  ])
  func samePutsTheOddOneBelowAndRight(
    input: Int, kernel: Int, stride: Int, before: Int, after: Int
  ) {
    let rows = Padding.same.resolved(
      input: Size2D(height: input, width: 1), kernel: Size2D(height: kernel, width: 1),
      stride: Size2D(height: stride, width: 1))
    #expect(rows == Edges(top: before, bottom: after, left: 0, right: 0))
    let columns = Padding.same.resolved(
      input: Size2D(height: 1, width: input), kernel: Size2D(height: 1, width: kernel),
      stride: Size2D(height: 1, width: stride))
    #expect(columns == Edges(top: 0, bottom: 0, left: before, right: after))
  }

  @Test func sameGivesTheCeilingOfInputOverStride() throws {
    for input in 1...12 {
      for kernel in 1...6 {
        for stride in 1...5 {
          let size = Size2D(height: kernel, width: 1)
          let step = Size2D(height: stride, width: 1)
          let expected = (input + stride - 1) / stride
          let shape: Shape = [1, input, 1]
          let convolution = Conv2D(1, kernel: size, stride: step, padding: .same)
          #expect(try convolution.outputShape(for: [shape])[1] == expected)
          for ceilMode in [false, true] {
            let pool = MaxPool2D(size, stride: step, padding: .same, ceilMode: ceilMode)
            #expect(try pool.geometry(for: shape).output.height == expected)
            #expect(try pool.geometry(for: shape).extraBottom == 0)
          }
        }
      }
    }
  }
}
