import CKernels
import TandemExecution
import TandemNetwork
import Testing

/// The kernels of convolutions of 1×1.
@Suite(.enabled(if: tandem_pointwise_runs(), "needs AVX-512")) struct PointwiseKernelTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    var images = 2
    let channels: Int
    let outputs: Int
    let rows: Int
    let columns: Int
    var stride = 1

    var testDescription: String {
      "\(images) images, \(channels) → \(outputs) on \(rows)×\(columns), stride \(stride)"
    }

    var problem: PointwiseCase {
      PointwiseCase(
        images: images, channels: channels, outputs: outputs, rows: rows, columns: columns,
        stride: stride)
    }
  }

  static let shapes = [
    Shape(channels: 16, outputs: 16, rows: 1, columns: 1),
    Shape(images: 3, channels: 1, outputs: 17, rows: 5, columns: 7),
    Shape(images: 1, channels: 33, outputs: 9, rows: 13, columns: 14),
    // Tiles of 12 and 13 pixels, several images at a time, and a rest of them.
    Shape(images: 7, channels: 48, outputs: 40, rows: 7, columns: 7),
    Shape(images: 60, channels: 24, outputs: 24, rows: 1, columns: 2),
    Shape(images: 120, channels: 16, outputs: 24, rows: 1, columns: 1),
    Shape(images: 40, channels: 530, outputs: 544, rows: 3, columns: 4),
    // Odd numbers of blocks, and more weights than are kept for all outputs.
    Shape(images: 1, channels: 400, outputs: 360, rows: 4, columns: 8),
    // Several parts of a map, one block of channels more than a group of three.
    Shape(channels: 64, outputs: 31, rows: 15, columns: 17),
    // More channels than are summed at once, in each direction.
    Shape(images: 1, channels: 1040, outputs: 20, rows: 4, columns: 9),
    Shape(images: 1, channels: 20, outputs: 1040, rows: 3, columns: 5),
    // With others between the pixels that are seen, at the end or not.
    Shape(channels: 40, outputs: 36, rows: 8, columns: 8, stride: 2),
    Shape(images: 3, channels: 17, outputs: 50, rows: 29, columns: 31, stride: 2),
    Shape(images: 5, channels: 32, outputs: 16, rows: 8, columns: 10, stride: 3),
    Shape(images: 2, channels: 16, outputs: 16, rows: 3, columns: 261, stride: 2),
    Shape(images: 1, channels: 600, outputs: 530, rows: 5, columns: 4, stride: 2),
    // So large that outputs and gradients go past the caches; with a stride gradients never do.
    Shape(images: 5, channels: 64, outputs: 80, rows: 30, columns: 30),
    Shape(images: 2, channels: 80, outputs: 64, rows: 58, columns: 58, stride: 2),
  ]

  @Test(arguments: shapes) func equalsSumsInDouble(_ shape: Shape) {
    let problem = shape.problem
    let (results, exact) = (problem.run(), problem.sums())
    let bound = 1e-6
    #expect(results.isIntact)
    #expect(exact.output.largestError(of: results.output) < bound)
    #expect(exact.input.largestError(of: results.inputGradient) < bound)
    #expect(exact.weights.largestError(of: results.weightGradient) < bound)
    #expect(exact.bias.largestError(of: results.biasGradient) < bound)
  }

  @Test func comparisonFindsWrongWeightsZerosAndNaN() {
    var problem = Self.shapes[3].problem
    let exact = problem.sums()
    problem.weights.swapAt(3, 4)
    let results = problem.run()
    #expect(exact.output.largestError(of: results.output) > 1e-3)
    #expect(exact.input.largestError(of: results.inputGradient) > 1e-3)
    var spoilt = results.weightGradient
    spoilt[5] = 0
    #expect(exact.weights.largestError(of: spoilt) > 1e-3)
    spoilt[5] = .nan
    #expect(exact.weights.largestError(of: spoilt) == .infinity)
    #expect(exact.bias.largestError(of: results.biasGradient) < 1e-6)
  }

  @Test func takesNoBias() {
    let shape = Shape(channels: 20, outputs: 18, rows: 6, columns: 5)
    let (with, without) = (shape.problem.run(), shape.problem.run(hasBias: false))
    #expect(without.weightGradient == with.weightGradient)
    #expect(without.biasGradient.allSatisfy { $0.isNaN }, "nothing is written")
    let bias = shape.problem.bias
    for channel in 0..<18 {
      let place = shape.problem.place(1, channel, 2, 3, ofOutput: true)
      #expect(abs(without.output[place] + bias[channel] - with.output[place]) < 1e-5)
    }
  }

  @Test(arguments: shapes) func rectifies(_ shape: Shape) {
    let plain = shape.problem.run().output
    let rectified = shape.problem.run(rectifies: true).output
    #expect(plain.contains { $0 < 0 })
    #expect(rectified.map(\.bitPattern) == plain.map { ($0 > 0 ? $0 : 0).bitPattern })
  }

  /// An image's bits do not depend on what is computed with it, nor do those of its gradient.
  @Test(arguments: shapes) func computesImagesAlike(_ shape: Shape) {
    let all = shape.problem.run(rectifies: true)
    let alone = shape.problem.firstImage.run(rectifies: true)
    #expect(Array(all.output.prefix(alone.output.count)) == alone.output)
    #expect(Array(all.inputGradient.prefix(alone.inputGradient.count)) == alone.inputGradient)
  }

  /// A number that is none spoils the outputs of its pixel, through a ReLU too, and no others.
  @Test func passesWhatIsNotANumber() {
    let sound = Shape(channels: 16, outputs: 32, rows: 9, columns: 8).problem
    var input = sound.input
    input[sound.place(1, 3, 4, 4, ofOutput: false)] = .nan
    let output = PointwiseCase(sound, input: input).run(rectifies: true).output
    let spoilt = (0..<32).map { sound.place(1, $0, 4, 4, ofOutput: true) }
    #expect(output.indices.filter { output[$0].isNaN } == spoilt.sorted())
  }

  @Test(
    "where these kernels are used: literal cases",
    arguments: [
      (64, 64, 1, 1, 0, true), (16, 16, 1, 2, 0, true), (15, 64, 1, 1, 0, false),
      (64, 15, 1, 1, 0, false), (64, 64, 3, 1, 1, false), (64, 64, 1, 1, 1, false),
    ])
  func rule(
    _ inputs: Int, _ outputs: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ applies: Bool
  ) {
    func isTaken(
      _ precision: Precision = .float32, images: Int? = 2, groups: Int = 1
    ) -> Bool {
      PointwiseRule.applies(
        to: Conv2D(
          outputs, kernel: Size2D(kernel), stride: Size2D(stride),
          padding: .explicit(top: padding, bottom: padding, left: padding, right: padding),
          groups: groups),
        input: [inputs, 9, 9], precision: precision, images: images)
    }
    // ONEDNN_MAX_CPU_ISA may say that AVX-512 is not to be used.
    guard PointwiseRule.runs else { return }
    #expect(isTaken() == applies)
    #expect(!isTaken(.bfloat16))
    #expect(!isTaken(images: nil))
    if inputs == 64, outputs == 64 { #expect(!isTaken(groups: 2)) }
  }
}
