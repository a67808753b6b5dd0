import TandemNetwork
import TandemReference
import TandemTensor
import Testing

@Suite struct JoinTests {
  @Test func shapes() throws {
    #expect(
      try Concatenation().outputShape(for: [[3, 4, 5], [1, 4, 5], [2, 4, 5]]) == [6, 4, 5])
    #expect(try Concatenation().outputShape(for: [[3], [4]]) == [7])
    #expect(try Addition().outputShape(for: [[3, 4, 5], [3, 4, 5]]) == [3, 4, 5])
    #expect(try Addition().outputShape(for: [[3], [3], [3]]) == [3])
  }

  @Test func errors() {
    #expect(
      errorText { _ = try Concatenation().outputShape(for: [[3, 4, 5], [3, 4, 6]]) }
        == "cannot join [3, 4, 5] and [3, 4, 6]: branches may differ in the first number only")
    #expect(
      errorText { _ = try Concatenation().outputShape(for: [[3, 4, 5], [60]]) }
        == "cannot join [3, 4, 5] and [60]: branches may differ in the first number only")
    #expect(
      errorText { _ = try Addition().outputShape(for: [[3], [3], [4]]) }
        == "cannot add [3] and [4]: both branches must end in the same shape")
    #expect(
      errorText { _ = try ReLU().outputShape(for: [[3], [3]]) } == "takes one input, but has 2")
  }

  @Test func concatenationKeepsImagesApart() throws {
    let mixed = Network("test", input: [1, 1, 2]) {
      Concat {
        Branch { ReLU() }
        Branch { Flatten() }
      }
    }
    #expect(
      errorText { _ = try mixed.graph() }
        == "network test, layer concat1: cannot join [1, 1, 2] and [2]: "
        + "branches may differ in the first number only")

    let fitting = try Network("test", input: [1, 1, 2]) {
      Concat {
        Branch { ReLU() }
        Branch { Conv2D(2, kernel: 1, bias: false) }
      }
    }.graph()
    let outputs = ReferenceNetwork(fitting).forward(
      images: [1, -2, 3, -4], count: 2, parameters: ["concat1.branch2.conv1.weight": [10, 100]])
    #expect(outputs[2] == [1, 0, 10, -20, 100, -200, 3, 0, 30, -40, 300, -400])
  }

  @Test func additionAddsTheShortcut() throws {
    let graph = try Network("test", input: [2]) {
      Residual { ReLU() }
      Residual {
        Dense(2, bias: false)
      } shortcut: {
        Tanh()
      }
    }.graph()
    let outputs = ReferenceNetwork(graph).forward(
      images: [3, -4], count: 1, parameters: ["residual2.dense1.weight": [1, 1, 0, 2]])
    #expect(outputs[1] == [6, -4])
    #expect(outputs[4].count == 2)
    #expect(abs(outputs[4][0] - (2 + 0.999_987_711_650_795_6)) < 1e-15)
    #expect(abs(outputs[4][1] - (-8 - 0.999_329_299_739_067)) < 1e-15)
  }
}
