import CKernels
import TandemExecution
import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

/// The kernels of convolutions by phases, for all vectors that this processor has.
@Suite struct PhaseKernelTests {
  static let sets = WinogradKernelTests.sets

  struct Shape: Hashable, CustomTestStringConvertible {
    var images = 2
    var channels = 3
    var outputs: Int
    var rows: Int
    var columns: Int
    var kernel: Int
    var stride: Int
    var padding = Edges.zero

    var testDescription: String {
      "\(images) images, \(channels) → \(outputs) by \(kernel)×\(kernel) in steps of \(stride) on "
        + "\(rows)×\(columns)"
    }

    var form: tandem_phases_layer {
      tandem_phases_layer(
        images: images, channels: channels, rows: rows, columns: columns,
        output_channels: outputs,
        output_rows: (rows + padding.top + padding.bottom - kernel) / stride + 1,
        output_columns: (columns + padding.left + padding.right - kernel) / stride + 1,
        kernel: kernel, stride: stride, top: padding.top, left: padding.left)
    }
  }

  private static func edges(_ top: Int, _ bottom: Int, _ left: Int, _ right: Int) -> Edges {
    Edges(top: top, bottom: bottom, left: left, right: right)
  }

  static let shapes = [
    // The kernels of AlexNet, GoogLeNet and ResNet, where tiles do not fill the maps.
    Shape(outputs: 96, rows: 39, columns: 43, kernel: 11, stride: 4),
    Shape(
      images: 3, outputs: 64, rows: 30, columns: 27, kernel: 7, stride: 2,
      padding: edges(3, 3, 3, 3)),
    // Rows and columns that no output sees.
    Shape(outputs: 17, rows: 28, columns: 30, kernel: 11, stride: 4, padding: edges(2, 2, 2, 0)),
    Shape(channels: 1, outputs: 20, rows: 14, columns: 17, kernel: 6, stride: 2),
    // Steps by which blocks cannot be divided, so that one ends among the phases of a row.
    Shape(
      channels: 4, outputs: 16, rows: 29, columns: 26, kernel: 9, stride: 3,
      padding: edges(8, 0, 1, 8)),
    Shape(images: 1, channels: 2, outputs: 33, rows: 33, columns: 31, kernel: 14, stride: 3),
    Shape(images: 1, channels: 2, outputs: 18, rows: 60, columns: 53, kernel: 19, stride: 5),
    // Padding beyond the kernel, and a map that is smaller than it.
    Shape(outputs: 20, rows: 9, columns: 30, kernel: 11, stride: 4, padding: edges(13, 12, 15, 0)),
    // More than a block of phases for each channel.
    Shape(images: 1, channels: 2, outputs: 16, rows: 47, columns: 40, kernel: 24, stride: 8),
    // Kernels that fill their phases, and larger ones.
    Shape(channels: 4, outputs: 40, rows: 21, columns: 20, kernel: 8, stride: 2),
    Shape(outputs: 24, rows: 25, columns: 23, kernel: 10, stride: 2, padding: edges(4, 5, 5, 4)),
    Shape(outputs: 16, rows: 12, columns: 12, kernel: 12, stride: 4),
    // So many images that their phases are made in several parts of different length.
    Shape(images: 31, outputs: 16, rows: 111, columns: 108, kernel: 12, stride: 4),
  ]

  @Test(arguments: sets, shapes) func equalsSumsInDouble(_ set: tandem_winograd_set, _ shape: Shape)
  {
    let problem = PhaseCase(set, shape.form)
    let (results, sums) = (problem.run(), problem.sums())
    // Rounded numbers of tiles have eight bits; the transforms enlarge what that leaves.
    let bound = PhaseCase.isRounded(set) ? 3e-2 : 2e-6
    #expect(results.isIntact)
    #expect(sums.output.errors(of: results.output).relative < bound)
    #expect(sums.input.errors(of: results.inputGradient).relative < bound)
    #expect(sums.weights.errors(of: results.weightGradient).relative < bound)
    #expect(sums.bias.errors(of: results.biasGradient).relative < 1e-6)
  }

  @Test func partsOfImagesAreTested() {
    let form = Self.shapes[Self.shapes.count - 1].form
    var alone = form
    alone.images = 1
    let set = tandem_winograd_portable
    let (all, one) = (
      tandem_phases_forward_scratch(set, form), tandem_phases_forward_scratch(set, alone)
    )
    // Memory of all phases would grow with the images.
    #expect(all < one * form.images * 2 / 3)
  }

  @Test func comparisonFindsWrongWeightsAndSigns() {
    let problem = PhaseCase(tandem_winograd_portable, Self.shapes[0].form)
    let (results, sums) = (problem.run(), problem.sums())
    #expect(sums.weights.errors(of: results.weightGradient.reversed()).relative > 0.1)
    #expect(sums.output.errors(of: results.output.map { -$0 }).relative > 0.1)
    #expect(sums.output.errors(of: results.output.map { -$0 }).ratio > 1000)
    #expect(sums.input.errors(of: results.inputGradient.map { _ in 0 }).relative > 0.1)
  }

  /// Convolutions of the zoo that go this way, on small maps.
  static let zooShapes: [Shape] = {
    var shapes: Set<Shape> = []
    for entry in Zoo.models {
      guard let graph = try? Zoo.network(named: entry.name).graph() else { continue }
      for node in graph.nodes {
        guard let layer = node.layer as? Conv2D,
          PhaseRule.applies(
            to: layer, input: node.inputShapes[0], output: node.outputShape, images: 32)
        else { continue }
        let input = node.inputShapes[0]
        shapes.insert(
          Shape(
            images: 6, channels: input[0], outputs: layer.outputChannels,
            rows: 40 + input[1] % 4, columns: 40 + input[2] % 4, kernel: layer.kernel.height,
            stride: layer.stride.height,
            padding: layer.padding.resolved(
              input: Size2D(maps: input), kernel: layer.kernel, stride: layer.stride)))
      }
    }
    return shapes.sorted { $0.testDescription < $1.testDescription }
  }()

  /// Root mean squares against double precision: at most four times what sums by the definition
  /// have.
  @Test(arguments: zooShapes) func hasFourTimesTheErrorOfSumsAtMost(_ shape: Shape) {
    for set in WinogradKernelTests.floatSets {
      let problem = PhaseCase(set, shape.form)
      let (results, sums) = (problem.run(), problem.sums())
      #expect(sums.output.errors(of: results.output).ratio <= 4)
      #expect(sums.input.errors(of: results.inputGradient).ratio <= 4)
      #expect(sums.weights.errors(of: results.weightGradient).ratio <= 4)
    }
  }

  @Test func zooHasAlexNetGoogLeNetAndResNet() {
    let kinds = Set(Self.zooShapes.map { [$0.kernel, $0.stride] })
    #expect(kinds == [[11, 4], [7, 2]])
  }

  /// An image's bits do not depend on what is computed with it, nor do those of its gradient.
  @Test(arguments: sets) func computesImagesAlike(_ set: tandem_winograd_set) {
    for shape in [Self.shapes[1], Self.shapes[Self.shapes.count - 1]] {
      let many = PhaseCase(set, shape.form)
      let (all, alone) = (many.run(rectifies: true), many.firstImage.run(rectifies: true))
      #expect(Array(all.output.prefix(alone.output.count)) == alone.output)
      #expect(Array(all.inputGradient.prefix(alone.inputGradient.count)) == alone.inputGradient)
    }
  }

  @Test(arguments: sets) func rectifiesAndTakesNoBias(_ set: tandem_winograd_set) {
    let problem = PhaseCase(set, Self.shapes[3].form)
    let plain = problem.run(hasBias: false)
    let rectified = problem.run(rectifies: true, hasBias: false)
    #expect(plain.isIntact)
    #expect(plain.output.contains { $0 < 0 })
    #expect(rectified.output.map(\.bitPattern) == plain.output.map { max($0, 0).bitPattern })
    #expect(plain.biasGradient.allSatisfy { $0.isNaN })
    #expect(plain.weightGradient == problem.run().weightGradient)
  }

  /// A number that is none spoils the outputs that see it, through a ReLU too, and no other image.
  @Test(arguments: sets) func passesWhatIsNotANumber(_ set: tandem_winograd_set) {
    let sound = PhaseCase(set, Self.shapes[0].form)
    var input = sound.input
    input[sound.inputPlace(1, 2, 20, 20)] = .nan
    let problem = sound.with(input: input)
    let output = problem.run(rectifies: true).output
    #expect(output[..<(output.count / 2)].allSatisfy { !$0.isNaN })
    for channel in 0..<problem.layer.output_channels {
      #expect(output[problem.outputPlace(1, channel, 4, 4)].isNaN)
    }
  }

  /// Pixels that no output sees, though kernels filled up to whole phases would, have no part in
  /// outputs and exactly no gradient.
  @Test(arguments: sets) func leavesOutWhatNoOutputSees(_ set: tandem_winograd_set) {
    let shape = Shape(images: 1, outputs: 16, rows: 24, columns: 24, kernel: 7, stride: 2)
    let sound = PhaseCase(set, shape.form)
    var input = sound.input
    for channel in 0..<3 {
      for place in 0..<24 {
        input[sound.inputPlace(0, channel, 23, place)] = .nan
        input[sound.inputPlace(0, channel, place, 23)] = .nan
      }
    }
    let problem = sound.with(input: input)
    let (expected, results) = (sound.run(), problem.run())
    #expect(results.output == expected.output)
    #expect(results.weightGradient == expected.weightGradient)
    for index in input.indices where input[index].isNaN {
      #expect(results.inputGradient[index] == 0)
    }
  }

  @Test(
    "which layers are computed by phases: literal cases",
    arguments: [
      // Channels, outputs, side, kernel, stride, images; whether it pays
      (3, 96, 227, 11, 4, 1, true), (3, 64, 224, 7, 2, 1, true), (1, 64, 224, 7, 2, 1, false),
      (4, 64, 224, 7, 2, 1, true), (5, 64, 224, 7, 2, 1, false), (3, 15, 227, 11, 4, 1, false),
      (3, 64, 224, 3, 2, 8, false), (3, 64, 224, 5, 2, 8, true), (3, 64, 224, 11, 2, 8, false),
      (3, 64, 224, 11, 1, 8, false), (3, 16, 39, 11, 4, 8, true), (3, 16, 39, 11, 4, 7, false),
    ])
  func rule(
    _ channels: Int, _ outputs: Int, _ side: Int, _ kernel: Int, _ stride: Int, _ images: Int,
    _ pays: Bool
  ) {
    func applies(_ layer: Conv2D, images: Int?) -> Bool {
      let length = (side - kernel) / stride + 1
      return PhaseRule.applies(
        to: layer, input: [channels, side, side], output: [outputs, length, length],
        images: images)
    }
    #expect(
      applies(Conv2D(outputs, kernel: Size2D(kernel), stride: Size2D(stride)), images: images)
        == pays)
    #expect(
      !applies(
        Conv2D(
          outputs, kernel: Size2D(kernel), stride: Size2D(height: stride, width: stride + 1)),
        images: images))
    #expect(
      !applies(
        Conv2D(
          outputs, kernel: Size2D(height: kernel, width: kernel + 1), stride: Size2D(stride)),
        images: images))
    if WinogradRule.vectors == tandem_winograd_avx512 {
      #expect(
        !applies(Conv2D(outputs, kernel: Size2D(kernel), stride: Size2D(stride)), images: nil))
    }
  }
}
