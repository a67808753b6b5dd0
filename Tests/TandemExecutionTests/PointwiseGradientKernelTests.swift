import CKernels
import TandemExecution
import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

/// The kernel of the weights' gradient of 1×1 convolutions in bfloat16.
@Suite(.enabled(if: tandem_pointwise_bfloat16_runs(), "needs AVX512-BF16"))
struct PointwiseGradientKernelTests {
  typealias Shape = PointwiseKernelTests.Shape

  static let shapes =
    PointwiseKernelTests.shapes + [
      // Odd numbers of a part's pixels, and of a row's.
      Shape(images: 1, channels: 16, outputs: 16, rows: 19, columns: 19),
      Shape(images: 3, channels: 20, outputs: 33, rows: 15, columns: 13, stride: 2),
    ]

  @Test(arguments: shapes) func equalsSumsInDouble(_ shape: Shape) {
    let problem = PointwiseGradientCase(shape.problem)
    let (results, exact) = (problem.run(), problem.rounded.sums())
    let bound = 1e-6
    #expect(results.isIntact)
    #expect(exact.weights.largestError(of: results.weights) < bound)
    #expect(exact.bias.largestError(of: results.bias) < bound)
  }

  @Test func comparisonFindsWhatIsNotRounded() {
    let plain = Self.shapes[3].problem
    let results = PointwiseGradientCase(plain).run()
    let exact = plain.sums()
    #expect(exact.weights.largestError(of: results.weights) > 1e-4)
    #expect(exact.bias.largestError(of: results.bias) > 1e-4)
  }

  @Test func takesNoBias() {
    let problem = PointwiseGradientCase(Self.shapes[3].problem)
    let (with, without) = (problem.run(), problem.run(hasBias: false))
    #expect(without.weights == with.weights)
    #expect(without.bias.allSatisfy { $0.isNaN }, "nothing is written")
  }

  /// What is not a number in one channel spoils its weights and no others; what is infinite makes
  /// no others of the pixel beside it.
  @Test(arguments: [Float.nan, .infinity]) func passesWhatIsNotANumber(_ value: Float) {
    let sound = Shape(channels: 20, outputs: 18, rows: 5, columns: 5).problem
    var input = sound.input
    input[sound.place(1, 3, 4, 4, ofOutput: false)] = value
    let weights = PointwiseGradientCase(PointwiseCase(sound, input: input)).run().weights
    for (index, weight) in weights.enumerated() {
      #expect(weight.isFinite == (index % 20 != 3))
    }
  }

  @Test(
    "where this kernel is used: literal cases",
    arguments: [
      (64, 64, 1, 1, true), (16, 16, 1, 2, true), (15, 64, 1, 1, false), (64, 15, 1, 1, false),
      (64, 64, 3, 1, false),
    ])
  func rule(_ inputs: Int, _ outputs: Int, _ kernel: Int, _ stride: Int, _ applies: Bool) {
    func isTaken(_ precision: Precision = .bfloat16, images: Int? = 2) -> Bool {
      PointwiseRule.appliesToGradient(
        of: Conv2D(outputs, kernel: Size2D(kernel), stride: Size2D(stride)),
        input: [inputs, 9, 9], precision: precision, images: images)
    }
    // With AMX it is oneDNN's.
    guard PointwiseRule.runsInBFloat16 else { return }
    #expect(isTaken() == applies)
    #expect(!isTaken(.float32))
    #expect(!isTaken(images: nil))
  }

  /// ResNet-50's 1×1 convolutions do, whose other passes are oneDNN's.
  @Test func resNetUsesIt() throws {
    guard PointwiseRule.runsInBFloat16 else { return }
    let plan = try Plan(
      Zoo.network(named: "resnet-50").graph(), images: 2, mode: .training, precision: .bfloat16)
    func isOwn(_ label: String) -> Bool? {
      plan.report.first { $0.label == label }.map { $0.implementation == "tandem" }
    }
    for block in ["layer1.0", "layer2.0", "layer4.2"] {
      for convolution in ["conv1", "conv3"] {
        #expect(isOwn("\(block).\(convolution) backward parameters") == true)
        #expect(isOwn("\(block).\(convolution) backward input") == false)
        #expect(isOwn("\(block).\(convolution) forward") == false)
      }
    }
  }
}
