import TandemNetwork
import TandemTensor
import Testing

@Suite struct Conv2DTests {
  @Test func shapes() throws {
    #expect(try Conv2D(30, kernel: 5).outputShape(for: [[1, 28, 28]]) == [30, 24, 24])
    #expect(
      try Conv2D(96, kernel: 11, stride: 4).outputShape(for: [[3, 227, 227]]) == [96, 55, 55])
    #expect(
      try Conv2D(64, kernel: 7, stride: 2, padding: 3).outputShape(for: [[3, 224, 224]])
        == [64, 112, 112])
    #expect(try Conv2D(8, kernel: 4, padding: .same).outputShape(for: [[3, 9, 7]]) == [8, 9, 7])
    #expect(
      try Conv2D(8, kernel: 3, stride: 2, padding: .same).outputShape(for: [[3, 9, 8]])
        == [8, 5, 4])
    let kernel = Size2D(height: 1, width: 7)
    #expect(
      try Conv2D(
        2, kernel: kernel, padding: .explicit(top: 1, bottom: 0, left: 3, right: 2)
      ).outputShape(for: [[4, 5, 5]]) == [2, 6, 4])
  }

  @Test func parametersInPyTorchsOrder() throws {
    let parameters = Conv2D(6, kernel: Size2D(height: 3, width: 5), groups: 2)
      .parameters(for: [[4, 9, 9]])
    #expect(parameters.map(\.name) == ["weight", "bias"])
    #expect(parameters.map(\.shape) == [[6, 2, 3, 5], [6]])
    #expect(parameters.map(\.fanIn) == [30, 30])
    #expect(parameters.map(\.fanOut) == [90, 90])
    let withoutBias = Conv2D(6, kernel: 3, bias: false).parameters(for: [[4, 9, 9]])
    #expect(withoutBias.map(\.name) == ["weight"])
  }

  @Test func multiplyAddsOfTheReductionExample() {
    // 14×14×480 to 48 maps by 5×5: 112.9 million directly, 5.3 through 16 maps of 1×1
    // (Szegedy et al. 2014, section 3).
    let direct = Conv2D(48, kernel: 5, padding: 2).multiplyAdds(for: [[480, 14, 14]])
    let reduced =
      Conv2D(16, kernel: 1).multiplyAdds(for: [[480, 14, 14]])
      + Conv2D(48, kernel: 5, padding: 2).multiplyAdds(for: [[16, 14, 14]])
    #expect(direct == 112_896_000)
    #expect(reduced == 5_268_480)
    #expect(Conv2D(6, kernel: 3, groups: 2).multiplyAdds(for: [[4, 5, 5]]) == 6 * 2 * 9 * 9)
  }

  @Test func aWorkedExample() throws {
    // [1 2 3; 4 5 6; 7 8 9] under [1 0; 0 -1] plus 0.5: each is a - (a + 4) + 0.5.
    let output = try reference(
      Conv2D(1, kernel: 2), on: [1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9],
      parameters: ["weight": [1, 0, 0, -1], "bias": [0.5]])
    #expect(output == [-3.5, -3.5, -3.5, -3.5])
  }

  @Test func groupsSeeOnlyTheirOwnChannels() throws {
    let output = try reference(
      Conv2D(2, kernel: 1, groups: 2, bias: false), on: [2, 1, 2], [1, 2, 10, 20],
      parameters: ["weight": [3, 5]])
    #expect(output == [3, 6, 50, 100])
  }

  @Test func errors() {
    #expect(
      layerError(Conv2D(8, kernel: 5), on: [6, 3, 3])
        == "kernel 5×5 does not fit the input [6, 3, 3]; "
        + "use a smaller kernel, more padding or larger images")
    #expect(
      layerError(Conv2D(8, kernel: 5, padding: 0), on: [6, 3, 8])
        == "kernel 5×5 does not fit the input [6, 3, 8]; "
        + "use a smaller kernel, more padding or larger images")
    #expect(
      layerError(
        Conv2D(8, kernel: 7, padding: .explicit(top: 1, bottom: 2, left: 0, right: 0)),
        on: [6, 3, 8])
        == "kernel 7×7 does not fit the input [6, 3, 8] (6×8 with its padding); "
        + "use a smaller kernel, more padding or larger images")
    #expect(
      layerError(Conv2D(8, kernel: 1), on: [10])
        == "takes maps [C, H, W], but its input is [10]")
    #expect(
      layerError(Conv2D(0, kernel: 1), on: [3, 3, 3])
        == "the number of output channels 0 is not positive")
    #expect(
      layerError(Conv2D(-2, kernel: 1), on: [3, 3, 3])
        == "the number of output channels -2 is not positive")
    #expect(
      layerError(Conv2D(8, kernel: Size2D(height: 0, width: 1)), on: [3, 3, 3])
        == "kernel 0×1 is outside 1…16384")
    #expect(
      layerError(Conv2D(8, kernel: 1, stride: 0), on: [3, 3, 3]) == "stride 0×0 is outside 1…16384")
    #expect(
      layerError(Conv2D(8, kernel: 1, stride: -1, padding: .same), on: [3, 3, 3])
        == "stride -1×-1 is outside 1…16384")
    #expect(
      layerError(Conv2D(8, kernel: 1, padding: -1), on: [3, 3, 3])
        == "padding -1 is outside 0…16384")
    #expect(
      layerError(Conv2D(8, kernel: 1, groups: 0), on: [3, 3, 3])
        == "the number of groups 0 is not positive")
    #expect(
      layerError(Conv2D(8, kernel: 1, groups: 2), on: [3, 3, 3])
        == "the 3 channels of the input [3, 3, 3] cannot be divided by 2 groups")
    #expect(
      layerError(Conv2D(8, kernel: 1, groups: 3), on: [3, 3, 3])
        == "8 output channels cannot be divided by 3 groups")
    #expect(
      layerError(Conv2D(.max, kernel: Size2D(height: .max, width: .max)), on: [3, 3, 3])
        == "the number of output channels 9223372036854775807 is more than 2147483647")
    #expect(
      layerError(
        Conv2D(8, kernel: 1, weightInitializer: .normal(standardDeviation: -1)), on: [3, 3, 3])
        == "weight initialiser: the standard deviation -1.0 is no size")
    #expect(
      layerError(Conv2D(8, kernel: 1, biasInitializer: .constant(.nan)), on: [3, 3, 3])
        == "bias initialiser: the constant nan is not finite")
  }

  @Test func printsAsSource() {
    #expect("\(Conv2D(30, kernel: 5))" == "Conv2D(30, kernel: 5)")
    let full = Conv2D(
      8, kernel: Size2D(height: 1, width: 7), stride: 2,
      padding: .explicit(top: 0, bottom: 1, left: 2, right: 3), groups: 2, bias: false,
      weightInitializer: .heNormal, biasInitializer: .constant(0))
    #expect(
      "\(full)"
        == "Conv2D(8, kernel: Size2D(height: 1, width: 7), stride: 2, "
        + "padding: .explicit(top: 0, bottom: 1, left: 2, right: 3), groups: 2, bias: false, "
        + "weightInitializer: .heNormal, biasInitializer: .constant(0.0))")
    #expect("\(Conv2D(8, kernel: 3, padding: .same))" == "Conv2D(8, kernel: 3, padding: .same)")
  }
}
