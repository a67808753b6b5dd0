import CKernels
import TandemExecution
import TandemNetwork
import TandemTensor
import Testing

@Suite struct ConvolutionOperatorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let layer: Conv2D
    let input: Shape
    let output: Shape
    let parameters: Int
  }

  static let cases = [
    Case(
      testDescription: "one channel, as in LeNet", layer: Conv2D(6, kernel: 5, padding: 2),
      input: [1, 12, 12], output: [6, 12, 12], parameters: 156),
    Case(
      testDescription: "six channels to sixteen", layer: Conv2D(16, kernel: 5),
      input: [6, 14, 14], output: [16, 10, 10], parameters: 2416),
    Case(
      testDescription: "thirty channels, one of them", layer: Conv2D(30, kernel: 5),
      input: [1, 10, 10], output: [30, 6, 6], parameters: 780),
    Case(
      testDescription: "blocked formats", layer: Conv2D(32, kernel: 3, padding: 1),
      input: [16, 7, 7], output: [32, 7, 7], parameters: 4640),
    Case(
      testDescription: "Winograd, with tiles and blocks of channels that are not full",
      layer: Conv2D(40, kernel: 3, padding: 1), input: [36, 15, 13], output: [40, 15, 13],
      parameters: 13_000),
    Case(
      testDescription: "Winograd in groups",
      layer: Conv2D(96, kernel: 3, padding: 1, groups: 2), input: [64, 13, 14],
      output: [96, 13, 14], parameters: 27_744),
    Case(
      testDescription: "Winograd with different padding on each side",
      layer: Conv2D(
        32, kernel: 3, padding: .explicit(top: 0, bottom: 1, left: 1, right: 0), bias: false),
      input: [32, 17, 16], output: [32, 16, 15], parameters: 9216),
    Case(
      testDescription: "Winograd with padding beyond the kernel",
      layer: Conv2D(
        17, kernel: 3, padding: .explicit(top: 4, bottom: 2, left: 3, right: 5), bias: false),
      input: [16, 9, 8], output: [17, 13, 14], parameters: 2448),
    Case(
      testDescription: "Winograd with a kernel of 5×5 in groups",
      layer: Conv2D(32, kernel: 5, padding: 2, groups: 2), input: [32, 9, 8],
      output: [32, 9, 8], parameters: 12_832),
    Case(
      testDescription: "Winograd with a kernel of 5×5 and blocks of channels that are not full",
      layer: Conv2D(20, kernel: 5), input: [17, 11, 10], output: [20, 7, 6],
      parameters: 8520),
    Case(
      testDescription: "Winograd with a kernel of 4×4",
      layer: Conv2D(20, kernel: 4, padding: .explicit(top: 1, bottom: 2, left: 2, right: 1)),
      input: [17, 12, 15], output: [20, 12, 15], parameters: 5460),
    Case(
      testDescription: "phases, as in AlexNet", layer: Conv2D(32, kernel: 11, stride: 4),
      input: [3, 55, 59], output: [32, 12, 13], parameters: 11_648),
    Case(
      testDescription: "phases, as in ResNet",
      layer: Conv2D(18, kernel: 7, stride: 2, padding: 3, bias: false),
      input: [3, 24, 36], output: [18, 12, 18], parameters: 2646),
    Case(
      testDescription: "no bias", layer: Conv2D(7, kernel: 3, bias: false), input: [5, 6, 6],
      output: [7, 4, 4], parameters: 315),
    Case(
      testDescription: "stride and rectangular kernel",
      layer: Conv2D(
        4, kernel: Size2D(height: 3, width: 1), stride: Size2D(height: 2, width: 1)),
      input: [3, 9, 5], output: [4, 4, 5], parameters: 40),
    Case(
      testDescription: "groups", layer: Conv2D(12, kernel: 3, padding: 1, groups: 2),
      input: [8, 6, 6], output: [12, 6, 6], parameters: 444),
    Case(
      testDescription: "depthwise", layer: Conv2D(8, kernel: 3, padding: 1, groups: 8),
      input: [8, 6, 6], output: [8, 6, 6], parameters: 80),
    Case(
      testDescription: "same padding, odd row and column at the end",
      layer: Conv2D(5, kernel: 3, stride: 2, padding: .same), input: [2, 8, 8],
      output: [5, 4, 4], parameters: 95),
    Case(
      testDescription: "different padding on each side",
      layer: Conv2D(
        3, kernel: 3, padding: .explicit(top: 0, bottom: 2, left: 1, right: 0)),
      input: [2, 5, 5], output: [3, 5, 4], parameters: 57),
    Case(
      testDescription: "1×7, as in Inception-v4",
      layer: Conv2D(20, kernel: Size2D(height: 1, width: 7), padding: .same, bias: false),
      input: [17, 5, 9], output: [20, 5, 9], parameters: 2380),
    Case(
      testDescription: "7×1, with another stride in each direction",
      layer: Conv2D(
        16, kernel: Size2D(height: 7, width: 1), stride: Size2D(height: 2, width: 3),
        padding: .explicit(top: 3, bottom: 3, left: 0, right: 0)),
      input: [16, 9, 7], output: [16, 5, 3], parameters: 1808),
    Case(
      testDescription: "1×1", layer: Conv2D(20, kernel: 1), input: [17, 4, 4],
      output: [20, 4, 4], parameters: 360),
    Case(
      testDescription: "1×1 with a stride", layer: Conv2D(17, kernel: 1, stride: 2),
      input: [32, 6, 5], output: [17, 3, 3], parameters: 561),
    Case(
      testDescription: "1×1 without bias, over whole blocks",
      layer: Conv2D(48, kernel: 1, bias: false), input: [64, 9, 14], output: [48, 9, 14],
      parameters: 3072),
    Case(
      testDescription: "1×1 with different strides",
      layer: Conv2D(16, kernel: 1, stride: Size2D(height: 1, width: 2)), input: [16, 5, 6],
      output: [16, 5, 3], parameters: 272),
    Case(
      testDescription: "1×1 with padding", layer: Conv2D(16, kernel: 1, padding: 1),
      input: [16, 4, 4], output: [16, 6, 6], parameters: 272),
    Case(
      testDescription: "covers its whole input", layer: Conv2D(10, kernel: 5),
      input: [16, 5, 5], output: [10, 1, 1], parameters: 4010),
  ]

  @Test(arguments: cases) func provesAlone(_ testCase: Case) throws {
    try ThreeProofs(Network("conv", input: testCase.input) { testCase.layer })
      .check(output: testCase.output, parameters: testCase.parameters)
  }

  @Test(arguments: cases) func provesWithFusedActivation(_ testCase: Case) throws {
    for activation in [ReLU(), Tanh(), Sigmoid()] as [any Layer] {
      try ThreeProofs(
        Network("conv", input: testCase.input) {
          testCase.layer
          activation
        }
      ).check(output: testCase.output, parameters: testCase.parameters)
    }
  }

  @Test func isADenseLayerWhereItCoversItsInput() throws {
    func implementations(_ layer: any Layer) throws -> [String] {
      let network = Network("cover", input: [16, 5, 5]) { layer }
      return try Plan(network.graph(), images: 8, mode: .training).report.map(\.implementation)
    }
    #expect(try implementations(Conv2D(10, kernel: 5)) == implementations(Dense(10)))
    #expect(try implementations(Conv2D(10, kernel: 4)) != implementations(Dense(10)))
  }

  /// A layer of few channels before them writes another order, and wants a gradient.
  @Test func provesPhasesAfterAnotherLayer() throws {
    try ThreeProofs(
      Network("phases", input: [16, 24, 36]) {
        Conv2D(3, kernel: 1)
        ReLU()
        Conv2D(18, kernel: 7, stride: 2, padding: 3)
      }
    ).check(output: [18, 12, 18], parameters: 51 + 2664)
  }

  @Test func provesForOneImageAndForManyImages() throws {
    for images in [1, 2, 17] {
      try ThreeProofs(Network("conv", input: [3, 6, 6]) { Conv2D(8, kernel: 3) }, images: images)
        .check(output: [8, 4, 4], parameters: 224)
    }
  }

  @Test(
    "where Winograd's way pays: literal cases",
    arguments: [
      // Channels, maps, side, images
      (64, 64, 56, 1, true), (16, 16, 8, 8, true), (16, 16, 8, 7, false), (15, 64, 56, 8, false),
      (64, 15, 56, 8, false), (512, 512, 14, 1, false), (512, 512, 14, 2, true),
      (512, 512, 7, 7, false), (512, 512, 7, 8, true), (64, 64, 5, 64, false),
      (64, 64, 6, 64, true),
      (64, 64, 3, 64, true), (64, 64, 2, 64, false), (64, 64, 1, 64, false),
    ])
  func winogradRule(_ inputs: Int, _ outputs: Int, _ side: Int, _ images: Int, _ pays: Bool) {
    func applies(_ layer: Conv2D) -> Bool {
      WinogradRule.applies(
        to: layer, input: [inputs, side, side], output: [outputs, side, side], images: images)
    }
    #expect(applies(Conv2D(outputs, kernel: 3, padding: 1)) == pays)
    #expect(
      applies(
        Conv2D(outputs, kernel: 3, padding: .explicit(top: 0, bottom: 2, left: 1, right: 1)))
        == pays)
    #expect(!applies(Conv2D(outputs, kernel: 7, padding: 3)))
    #expect(!applies(Conv2D(outputs, kernel: Size2D(height: 1, width: 3), padding: .same)))
    #expect(!applies(Conv2D(outputs, kernel: 3, stride: 2, padding: 1)))
  }
  @Test("groups of whole blocks, and kernels of 5×5: literal cases")
  func winogradRuleOfGroupsAndLargerKernels() {
    func applies(_ layer: Conv2D, _ inputs: Int, side: Int = 14) -> Bool {
      WinogradRule.applies(
        to: layer, input: [inputs, side, side], output: [layer.outputChannels, side, side],
        images: 8)
    }
    #expect(applies(Conv2D(32, kernel: 3, padding: 1, groups: 2), 32))
    #expect(!applies(Conv2D(32, kernel: 3, padding: 1, groups: 2), 48))
    #expect(!applies(Conv2D(48, kernel: 3, padding: 1, groups: 2), 32))
    #expect(applies(Conv2D(48, kernel: 3, padding: 1), 24))
    #expect(applies(Conv2D(32, kernel: 5, padding: 2), 16))
    #expect(!applies(Conv2D(32, kernel: 5, padding: 2), 15))
    #expect(applies(Conv2D(32, kernel: 5, padding: 2), 16, side: 4))
    #expect(!applies(Conv2D(32, kernel: 5, padding: 2), 16, side: 7))
    #expect(applies(Conv2D(32, kernel: 4, padding: .same), 16))
    #expect(!applies(Conv2D(32, kernel: 4, padding: .same), 15))
  }

  @Test func winogradIsTakenWithoutRegardToImagesAtInference() throws {
    func ways(
      _ mode: Plan.Mode, _ precision: Precision = .float32, images: Int = 4, side: Int = 14,
      own: Bool = true
    ) throws -> Set<Bool> {
      let network = Network("taken", input: [32, side, side]) { Conv2D(32, kernel: 3, padding: 1) }
      let plan = try Plan(
        network.graph(), images: images, mode: mode, precision: precision,
        use: PlanUse(usesOwnKernels: own))
      return Set(
        plan.report.filter { $0.multiplyAdds > 0 }.map { $0.implementation == "tandem" })
    }
    #expect(try ways(.training) == [true])
    #expect(try ways(.training, own: false) == [false])
    // With AVX-512 oneDNN's way is faster where the layers around are oneDNN's.
    let isTaken = WinogradRule.vectors != tandem_winograd_avx512
    for images in [1, 2, 40] {
      #expect(try ways(.inference, images: images) == [isTaken])
      #expect(try ways(.inference, images: images, side: 8) == [false])
    }
    if OneDNN.computesBFloat16 { #expect(try ways(.training, .bfloat16) == [false]) }
  }

  @Test(arguments: ["phases, as in AlexNet", "phases, as in ResNet"])
  func phasesAreTaken(_ name: String) throws {
    let layer = try #require(Self.cases.first { $0.testDescription == name })
    func ways(_ mode: Plan.Mode, own: Bool = true) throws -> Set<Bool> {
      let plan = try Plan(
        Network("taken", input: layer.input) { layer.layer }.graph(), images: 3, mode: mode,
        use: PlanUse(gradientOfImages: mode == .training, usesOwnKernels: own))
      return Set(
        plan.report.filter { $0.multiplyAdds > 0 }.map { $0.implementation == "tandem" })
    }
    #expect(try ways(.training) == [true])
    #expect(try ways(.training, own: false) == [false])
  }
}
