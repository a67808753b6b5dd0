import CKernels
import TandemExecution
import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

/// The kernels of Winograd's way, for all vectors that this processor has.
@Suite struct WinogradKernelTests {
  static let floatSets = [tandem_winograd_portable, tandem_winograd_avx2, tandem_winograd_avx512]
    .filter(tandem_winograd_runs)
  static let sets =
    floatSets + [tandem_winograd_avx512_bf16].filter(tandem_winograd_runs)

  struct Shape: Hashable, CustomTestStringConvertible {
    var images = 2
    var groups = 1
    var inputs: Int
    var outputs: Int
    var rows: Int
    var columns: Int
    var kernel = 3
    var padding = Edges(top: 1, bottom: 1, left: 1, right: 1)

    var testDescription: String {
      "\(images) images, \(inputs) → \(outputs) by \(kernel)×\(kernel) in \(groups) groups on "
        + "\(rows)×\(columns)"
    }

    var form: tandem_winograd_layer {
      tandem_winograd_layer(
        images: images, groups: groups, channels: inputs, rows: rows, columns: columns,
        output_channels: outputs, output_rows: rows + padding.top + padding.bottom + 1 - kernel,
        output_columns: columns + padding.left + padding.right + 1 - kernel, kernel: kernel,
        top: padding.top, left: padding.left)
    }
  }

  private static func edges(_ top: Int, _ bottom: Int, _ left: Int, _ right: Int) -> Edges {
    Edges(top: top, bottom: bottom, left: left, right: right)
  }

  static let shapes = [
    Shape(inputs: 36, outputs: 40, rows: 15, columns: 13),
    Shape(images: 3, inputs: 1, outputs: 17, rows: 5, columns: 7, padding: .zero),
    Shape(inputs: 17, outputs: 9, rows: 1, columns: 1),
    Shape(groups: 2, inputs: 64, outputs: 96, rows: 13, columns: 14),
    Shape(images: 1, inputs: 32, outputs: 16, rows: 17, columns: 16, padding: edges(0, 1, 1, 0)),
    Shape(inputs: 20, outputs: 20, rows: 9, columns: 8, padding: edges(4, 2, 3, 5)),
    Shape(images: 1, inputs: 96, outputs: 48, rows: 7, columns: 7),
    Shape(images: 9, inputs: 70, outputs: 130, rows: 14, columns: 14),
    // So many weights that they are transformed in panels: of many tiles, and backward.
    Shape(images: 20, inputs: 200, outputs: 90, rows: 11, columns: 12),
    Shape(images: 1, groups: 2, inputs: 256, outputs: 320, rows: 5, columns: 6),
    Shape(
      images: 1, groups: 2, inputs: 64, outputs: 96, rows: 10, columns: 12, kernel: 4,
      padding: edges(1, 2, 2, 1)),
    Shape(
      images: 3, inputs: 20, outputs: 33, rows: 7, columns: 5, kernel: 4, padding: edges(0, 3, 5, 1)
    ),
    Shape(images: 9, inputs: 200, outputs: 180, rows: 8, columns: 9, kernel: 4, padding: .zero),
    Shape(
      images: 1, inputs: 136, outputs: 130, rows: 6, columns: 5, kernel: 5,
      padding: edges(2, 2, 2, 2)),
    Shape(
      groups: 2, inputs: 96, outputs: 64, rows: 13, columns: 11, kernel: 5,
      padding: edges(2, 2, 2, 2)),
    Shape(
      images: 3, inputs: 24, outputs: 33, rows: 6, columns: 5, kernel: 5, padding: edges(0, 2, 6, 1)
    ),
    Shape(
      images: 1, inputs: 16, outputs: 16, rows: 2, columns: 3, kernel: 5, padding: edges(2, 2, 2, 2)
    ),
  ]

  @Test(arguments: sets, shapes) func equalsSumsInDouble(_ set: tandem_winograd_set, _ shape: Shape)
  {
    let problem = WinogradCase(set, shape.form)
    let results = problem.run()
    let errors = problem.errors(results, samples: 100)
    // Rounded numbers of tiles have eight bits; the transforms enlarge what that leaves.
    let bound = WinogradCase.isRounded(set) ? 3e-2 : 2e-6
    #expect(errors.output.relative < bound)
    #expect(errors.input.relative < bound)
    #expect(errors.weights.relative < bound)
    for output in problem.bias.indices {
      var exact = 0.0
      var size = 0.0
      for image in 0..<shape.images {
        for row in 0..<problem.layer.output_rows {
          for column in 0..<problem.layer.output_columns {
            let dy = problem.gradient[problem.place(image, output, row, column, ofOutput: true)]
            exact += Double(dy)
            size += Double(abs(dy))
          }
        }
      }
      #expect(abs(Double(results.biasGradient[output]) - exact) <= 1e-6 * size)
    }
  }

  @Test func comparisonFindsWrongWeightsAndSigns() {
    let problem = WinogradCase(
      tandem_winograd_portable, Shape(inputs: 32, outputs: 32, rows: 8, columns: 8).form)
    #expect(problem.errors(problem.run(confusesWeights: true), samples: 50).output.relative > 0.1)
    var results = problem.run()
    results.weightGradient = results.weightGradient.map { -$0 }
    results.inputGradient = results.inputGradient.map { _ in 0 }
    let errors = problem.errors(results, samples: 50)
    #expect(errors.weights.relative > 0.1)
    #expect(errors.input.relative > 0.1)
    #expect(errors.output.ratio < 10 && errors.weights.ratio > 1000)
  }

  /// Convolutions of the zoo that go this way, each combination of channels once and on small maps:
  /// the error depends on channels. One image in large maps tells what comes of long sums over
  /// tiles.
  static let zooShapes: [Shape] = {
    let large = Shape(images: 1, inputs: 16, outputs: 16, rows: 224, columns: 224)
    var shapes: [[Int]: Shape] = [[]: large]
    for entry in Zoo.models {
      guard let graph = try? Zoo.network(named: entry.name).graph() else { continue }
      for node in graph.nodes {
        guard let layer = node.layer as? Conv2D,
          WinogradRule.applies(
            to: layer, input: node.inputShapes[0], output: node.outputShape, images: 32)
        else { continue }
        let input = node.inputShapes[0]
        func cut(_ length: Int) -> Int { length <= 8 ? length : 8 + length % 4 }
        let key = [layer.groups, input[0], layer.outputChannels, layer.kernel.height]
        shapes[key] = Shape(
          images: 6, groups: layer.groups, inputs: input[0], outputs: layer.outputChannels,
          rows: cut(input[1]), columns: cut(input[2]), kernel: layer.kernel.height,
          padding: layer.padding.resolved(
            input: Size2D(maps: input), kernel: layer.kernel, stride: layer.stride))
      }
    }
    return shapes.values.sorted { $0.testDescription < $1.testDescription }
  }()

  /// Root mean squares against double precision: at most four times what sums by the definition
  /// have.
  @Test(arguments: zooShapes) func hasFourTimesTheErrorOfSumsAtMost(_ shape: Shape) {
    let isAll = shape.inputs == 64 && shape.outputs == 64
    for set in Self.floatSets where isAll || set == Self.floatSets.last {
      let problem = WinogradCase(set, shape.form)
      let errors = problem.errors(problem.run(), samples: shape.rows > 100 ? 20 : 240)
      #expect(errors.output.ratio <= 4)
      #expect(errors.input.ratio <= 4)
      #expect(errors.weights.ratio <= 4)
    }
  }

  /// Root mean squares of what rounded tiles, weights and outputs leave, whatever the channels.
  @Test(
    .enabled(if: tandem_winograd_runs(tandem_winograd_avx512_bf16), "needs AVX512-BF16"),
    arguments: zooShapes.filter { $0.inputs >= 128 && $0.rows < 100 }.prefix(6))
  func errorOfBFloat16DoesNotGrowWithChannels(_ shape: Shape) {
    let problem = WinogradCase(tandem_winograd_avx512_bf16, shape.form)
    let errors = problem.errors(problem.run(), samples: 240)
    #expect(errors.output.relative < 0.016)
    #expect(errors.input.relative < 0.016)
    #expect(errors.weights.relative < 0.016)
  }

  @Test func zooHasShapesOfAllKinds() {
    #expect(Self.zooShapes.count > 30)
    #expect(Set(Self.zooShapes.map(\.kernel)) == [3, 5])
    #expect(Self.zooShapes.contains { $0.groups == 2 })
  }

  /// An image's bits do not depend on what is computed with it, nor do those of its gradient.
  @Test(arguments: sets, [(3, 70), (4, 70), (5, 70), (3, 420)])
  func computesImagesAlike(_ set: tandem_winograd_set, _ size: (kernel: Int, inputs: Int)) {
    var shape = Shape(
      images: 5, inputs: size.inputs, outputs: 40, rows: 13, columns: 15, kernel: size.kernel)
    let many = WinogradCase(set, shape.form)
    let all = many.run(rectifies: true)
    shape.images = 1
    let first = WinogradCase(
      set, shape.form, input: Array(many.input.prefix(many.input.count / 5)),
      gradient: Array(many.gradient.prefix(many.gradient.count / 5)), weights: many.weights,
      bias: many.bias)
    let alone = first.run(rectifies: true)
    #expect(Array(all.output.prefix(alone.output.count)) == alone.output)
    #expect(Array(all.inputGradient.prefix(alone.inputGradient.count)) == alone.inputGradient)
  }

  @Test(arguments: sets) func rectifies(_ set: tandem_winograd_set) {
    let problem = WinogradCase(
      set, Shape(images: 1, inputs: 20, outputs: 21, rows: 7, columns: 8).form)
    let plain = problem.run().output
    let rectified = problem.run(rectifies: true).output
    #expect(plain.contains { $0 < 0 })
    #expect(rectified.map(\.bitPattern) == plain.map { ($0 > 0 ? $0 : 0).bitPattern })
  }

  /// A number that is none spoils the outputs whose tiles see it, through a ReLU too, and no image
  /// else.
  @Test(arguments: sets) func passesWhatIsNotANumber(_ set: tandem_winograd_set) {
    let shape = Shape(images: 2, inputs: 16, outputs: 16, rows: 8, columns: 8)
    let sound = WinogradCase(set, shape.form)
    var input = sound.input
    input[sound.place(1, 3, 4, 4, ofOutput: false)] = .nan
    let problem = WinogradCase(
      set, shape.form, input: input, gradient: sound.gradient, weights: sound.weights,
      bias: sound.bias)
    let output = problem.run(rectifies: true).output
    let half = output.count / 2
    #expect(output[..<half].allSatisfy { !$0.isNaN })
    for channel in 0..<16 {
      #expect(output[problem.place(1, channel, 4, 4, ofOutput: true)].isNaN)
    }
  }

  /// Blocks that channels do not fill stay filled up with zeros.
  @Test(arguments: sets) func leavesZerosInBlocks(_ set: tandem_winograd_set) {
    let problem = WinogradCase(
      set, Shape(images: 2, inputs: 18, outputs: 19, rows: 6, columns: 9).form)
    let results = problem.run()
    for (values, channels, pixels) in [
      (results.output, 19, 54), (results.inputGradient, 18, 54),
    ] {
      let block = problem.block
      let blocks = (channels + block - 1) / block
      for index in values.indices
      where index / (pixels * block) % blocks * block + index % block >= channels {
        #expect(values[index] == 0)
      }
    }
  }
}
