import CKernels
import TandemExecution
import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

/// Networks in bfloat16. Whole numbers up to 256 fit it exactly, so that results must be those of
/// float32 to the last bit where all values on the way are such numbers; others must be near.
@Suite(.enabled(if: (try? Precision.bfloat16.check()) != nil, "oneDNN has no bfloat16 here"))
struct BFloat16Tests {
  @Test(arguments: BFloat16Case.exact)
  func computesWholeNumbersExactly(_ network: BFloat16Case) throws {
    let proofs = try ThreeProofs(network.network(), images: 4, values: .smallIntegers)
    let expected = try proofs.runEngine()
    let actual = try proofs.runEngine(precision: .bfloat16)
    #expect(expected.output.contains { $0 != 0 })
    #expect(expected.imagesGradient.contains { $0 != 0 })
    #expect(actual.output == expected.output)
    #expect(actual.imagesGradient == expected.imagesGradient)
    for (name, gradient) in expected.gradients {
      #expect(gradient.contains { $0 != 0 }, "\(name)")
      #expect(actual.gradients[name] == gradient, "\(name)")
    }
    #expect(
      try proofs.runInference(precision: .bfloat16) == proofs.runInference())
  }

  /// Rounding once gives an error of at most 2⁻⁹; here errors of several layers add up, and where a
  /// ReLU's input is near 0 the gradients may take different sides. Nothing of it is the same as in
  /// float32, or bfloat16 would not be in use.
  @Test(arguments: BFloat16Case.exact + BFloat16Case.near)
  func computesOthersNearly(_ network: BFloat16Case) throws {
    let proofs = try ThreeProofs(network.network(), images: 4)
    let expected = try proofs.runEngine()
    let actual = try proofs.runEngine(precision: .bfloat16)
    func compare(_ name: String, _ actual: [Float], _ expected: [Float], _ tolerance: Double) {
      let distance = relativeDistance(actual, expected)
      #expect(distance < tolerance, "\(name)")
      #expect(distance > 0, "\(name)")
    }
    compare("output", actual.output, expected.output, 0.02)
    compare("images gradient", actual.imagesGradient, expected.imagesGradient, 0.15)
    for (name, gradient) in expected.gradients {
      if name.contains("running_") || gradient.allSatisfy({ $0 == 0 }) { continue }
      let distance = relativeDistance(actual.gradients[name] ?? [], gradient)
      #expect(distance < 0.15, "\(name)")
    }
  }

  /// As in float32, see `PlanTests`.
  @Test(arguments: ["alexnet", "googlenet", "resnet-50"])
  func usesNoReferenceImplementation(name: String) throws {
    let plan = try Plan(
      Zoo.network(named: name).graph(), images: 2, mode: .training,
      precision: .bfloat16)
    let slow = plan.report.filter { $0.implementation.contains("ref") }
    #expect(slow.isEmpty, "\(slow.map { "\($0.label): \($0.implementation)" })")
  }

  @Test func measuresDistances() {
    #expect(relativeDistance([1, 0], [1, 0]) == 0)
    #expect(relativeDistance([1, 1], [1, 0]) == 1)
    #expect(relativeDistance([.nan], [1]).isNaN)
  }

  /// ‖a − b‖ / ‖b‖
  private func relativeDistance(_ a: [Float], _ b: [Float]) -> Double {
    func norm(_ values: [Double]) -> Double {
      values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    return norm(zip(a, b).map { Double($0) - Double($1) }) / norm(b.map(Double.init))
  }

  @Test func roundsToTheNearest() {
    let cases: [(Float, UInt32)] = [
      (1, 0x3f80), (-2, 0xc000), (0, 0), (-0.0, 0x8000),
      // 256 + 1 lies between 256 and 258, and 258 + 1 between 258 and 260: to the even mantissa.
      (257, 0x4380), (259, 0x4382), (257.01, 0x4381), (258.99, 0x4381),
      (.infinity, 0x7f80), (.greatestFiniteMagnitude, 0x7f80), (.leastNonzeroMagnitude, 0),
    ]
    var rounded = Array(repeating: tandem_bfloat16(1), count: cases.count)
    tandem_bfloat16_from_floats(&rounded, cases.map(\.0), cases.count)
    #expect(rounded.map(UInt32.init) == cases.map(\.1))
    #expect(!tandem_all_finite_bfloat16(rounded, rounded.count))
    #expect(tandem_all_finite_bfloat16(rounded, 8))

    var back = Array(repeating: Float(1), count: cases.count)
    tandem_floats_from_bfloat16(&back, rounded, cases.count)
    #expect(back == [1, -2, 0, 0, 256, 260, 258, 258, .infinity, .infinity, 0])

    var nans = [tandem_bfloat16](repeating: 0, count: 2)
    tandem_bfloat16_from_floats(&nans, [.nan, Float(bitPattern: 0x7f80_0001)], 2)
    #expect(nans.allSatisfy { $0 & 0x7f80 == 0x7f80 && $0 & 0x7f != 0 })
  }
}

struct BFloat16Case: Sendable, CustomTestStringConvertible {
  let network: @Sendable () -> Network
  let testDescription: String

  init(
    _ name: String, input: Shape = [6, 8, 8],
    @NetworkBuilder _ content: @escaping @Sendable () -> [NetworkElement]
  ) {
    testDescription = name
    network = { Network(name, input: input, content) }
  }

  static let exact = [
    BFloat16Case("convolutions") {
      Conv2D(8, kernel: 3, padding: 1)
      ReLU()
      Conv2D(20, kernel: 3, stride: 2)
      ReLU()
      Conv2D(5, kernel: 1)
    },
    BFloat16Case("many channels") {
      Conv2D(32, kernel: 1)
      ReLU()
      Conv2D(48, kernel: 3, padding: 1)
    },
    BFloat16Case("groups") {
      Conv2D(32, kernel: 3, padding: 1)
      Conv2D(32, kernel: 3, padding: 1, groups: 2)
      ReLU()
      Conv2D(6, kernel: 1, groups: 2)
    },
    BFloat16Case("dense") {
      Dense(40)
      ReLU()
      Dense(17)
    },
    BFloat16Case("a kernel as large as its input") {
      Conv2D(16, kernel: 3)
      ReLU()
      Conv2D(12, kernel: 6)
      ReLU()
      Dense(5)
    },
    BFloat16Case("max pooling") {
      Conv2D(16, kernel: 3, padding: 1)
      ReLU()
      MaxPool2D(2)
      Conv2D(4, kernel: 1)
      MaxPool2D(3, stride: 1)
    },
    BFloat16Case("average pooling") {
      Conv2D(16, kernel: 1)
      AveragePool2D(2)
      Conv2D(4, kernel: 1)
      GlobalAveragePool2D()
      Dense(4)
    },
    BFloat16Case("join") {
      Conv2D(16, kernel: 1)
      Concat("join") {
        Branch { Conv2D(16, kernel: 1) }
        Branch {
          Conv2D(5, kernel: 3, padding: 1)
          ReLU()
        }
        Branch { MaxPool2D(3, stride: 1, padding: 1) }
      }
      Conv2D(4, kernel: 1)
    },
    BFloat16Case("residual") {
      Conv2D(16, kernel: 1)
      ReLU()
      Residual {
        Conv2D(16, kernel: 1)
        ReLU()
        Conv2D(16, kernel: 1)
      }
      ReLU()
      Residual {
        Conv2D(24, kernel: 1, stride: 2)
      } shortcut: {
        ZeroPaddedShortcut(24, stride: 2)
      }
      ReLU()
      Conv2D(3, kernel: 1)
    },
  ]

  /// With layers whose values are no whole numbers.
  static let near = [
    BFloat16Case("phases of a picture", input: [3, 24, 36]) {
      Conv2D(18, kernel: 7, stride: 2, padding: 3)
      ReLU()
      Conv2D(4, kernel: 1)
    },
    BFloat16Case("phases of another layer's output", input: [3, 24, 36]) {
      Conv2D(3, kernel: 1)
      ReLU()
      Conv2D(18, kernel: 7, stride: 2, padding: 3)
      ReLU()
      Conv2D(4, kernel: 1)
    },
    BFloat16Case("batch normalization") {
      Conv2D(16, kernel: 3, padding: 1, bias: false)
      BatchNorm2D()
      ReLU()
      Conv2D(8, kernel: 3, bias: false)
      BatchNorm2D(acrossShards: true)
      ReLU()
      Dense(5)
    },
    BFloat16Case("local response normalization") {
      Conv2D(16, kernel: 3, padding: 1)
      ReLU()
      LocalResponseNorm(size: 5, alpha: 0.1, alphaReading: .sum)
      MaxPool2D(2)
      Conv2D(8, kernel: 1)
    },
    BFloat16Case("activations") {
      Conv2D(16, kernel: 1)
      Tanh()
      Conv2D(16, kernel: 1)
      Sigmoid()
      Conv2D(16, kernel: 1)
      ScaledTanh()
      TrainableSubsampling(2)
      AdaptiveAveragePool2D(3)
      Dense(7)
      Softmax()
    },
    BFloat16Case("table of connections", input: [3, 8, 8]) {
      ConnectedConv2D(connections: [[0, 1], [1, 2], [0, 2], [0, 1, 2]], kernel: 3)
      Tanh()
      Dense(4)
    },
  ]
}
