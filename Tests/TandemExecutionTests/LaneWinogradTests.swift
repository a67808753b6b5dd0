import CKernels
import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

/// Convolutions in lane order by Winograd's way along rows; `LaneKernelTests` has some of its
/// shapes, too.
@Suite struct LaneWinogradTests {
  static let sets = [
    tandem_instructions_avx512, tandem_instructions_avx2, tandem_instructions_portable,
  ]

  struct Shape: Hashable, Sendable, CustomTestStringConvertible {
    var images = 19
    var channels: Int
    var outputs: Int
    var rows: Int
    var columns: Int
    var kernelRows = 5
    var kernelColumns = 5
    var padding = Edges.zero

    var testDescription: String {
      "\(channels) → \(outputs) by \(kernelRows)×\(kernelColumns) on \(rows)×\(columns)"
    }

    func form(_ set: tandem_instructions = tandem_instructions_avx512) -> tandem_lane_layer {
      tandem_lane_layer(
        images: images, channels: channels, rows: rows, columns: columns,
        output_channels: outputs,
        output_rows: rows + padding.top + padding.bottom + 1 - kernelRows,
        output_columns: columns + padding.left + padding.right + 1 - kernelColumns,
        kernel_rows: kernelRows, kernel_columns: kernelColumns, top: padding.top,
        left: padding.left, activation: tandem_lane_activation_none,
        pooling: tandem_lane_pooling_none, window_rows: 1, window_columns: 1, set: set)
    }
  }

  private static func edges(_ top: Int, _ bottom: Int, _ left: Int, _ right: Int) -> Edges {
    Edges(top: top, bottom: bottom, left: left, right: right)
  }

  static let shapes = [
    // Tiles that end with the map, and one, two and three columns later.
    Shape(channels: 1, outputs: 6, rows: 9, columns: 28, padding: edges(2, 2, 2, 2)),
    Shape(channels: 2, outputs: 5, rows: 8, columns: 20, padding: edges(0, 1, 4, 3)),
    Shape(channels: 3, outputs: 7, rows: 7, columns: 14),
    Shape(channels: 4, outputs: 3, rows: 6, columns: 15, padding: edges(4, 0, 0, 2)),
    // Several tiles of outputs at a time, and several times; more channels than outputs.
    Shape(channels: 1, outputs: 30, rows: 10, columns: 28),
    Shape(channels: 3, outputs: 33, rows: 7, columns: 24, padding: edges(1, 2, 3, 0)),
    Shape(channels: 21, outputs: 2, rows: 7, columns: 9, padding: edges(2, 2, 2, 2)),
    // Kernels with more rows than a tile of sums, with rows that meet zeros only, and with few.
    Shape(channels: 2, outputs: 4, rows: 12, columns: 16, kernelRows: 7),
    Shape(channels: 5, outputs: 4, rows: 3, columns: 12, kernelRows: 6, padding: edges(5, 5, 4, 4)),
    Shape(channels: 6, outputs: 9, rows: 5, columns: 16, kernelRows: 3, padding: edges(1, 1, 2, 2)),
    // More rows than a strip has.
    Shape(images: 3, channels: 1, outputs: 8, rows: 60, columns: 44),
    Shape(images: 16, channels: 3, outputs: 12, rows: 47, columns: 36),
    // So wide that sums of one output channel do not fit what is computed at once.
    Shape(images: 3, channels: 2, outputs: 3, rows: 6, columns: 213),
    // A map that is narrower than a tile's input.
    Shape(channels: 3, outputs: 4, rows: 5, columns: 3, padding: edges(2, 2, 3, 2)),
  ]

  @Test(arguments: shapes, sets) func equalsItsDefinition(
    _ shape: Shape, _ set: tandem_instructions
  ) {
    #expect(Self.isTransformed(shape))
    let lanes = LaneCase(shape.form(set))
    let results = lanes.run()
    #expect(results.isSound)
    #expect(LaneReference(lanes).error(of: results) < LaneKernelTests.tolerance)
  }

  /// Weights are packed as 8 values for each 5 of them.
  private static func isTransformed(_ shape: Shape) -> Bool {
    let form = shape.form()
    let (packed, plain) = (tandem_lane_packed_count(form), tandem_lane_weights_count(form))
    #expect([plain, plain / 5 * 8].contains(packed))
    return packed != plain
  }

  /// Kernels of 5 columns, unless the last tile has few of the columns or there are few kernel
  /// rows.
  @Test func isChosenByShape() {
    func isChosen(
      _ channels: Int, outputs: Int, columns: Int, kernelRows: Int = 5, kernelColumns: Int = 5
    ) -> Bool {
      let shape = Shape(
        channels: channels, outputs: outputs, rows: 12, columns: columns + kernelColumns - 1,
        kernelRows: kernelRows, kernelColumns: kernelColumns)
      return Self.isTransformed(shape)
    }
    #expect(isChosen(1, outputs: 6, columns: 28))
    #expect(isChosen(6, outputs: 16, columns: 10))
    #expect(isChosen(1, outputs: 30, columns: 24))
    #expect(isChosen(20, outputs: 1, columns: 3))
    #expect(!isChosen(1, outputs: 6, columns: 9))
    #expect(!isChosen(6, outputs: 16, columns: 5))
    #expect(!isChosen(6, outputs: 16, columns: 1))
    #expect(!isChosen(6, outputs: 16, columns: 28, kernelRows: 1))
    #expect(!isChosen(6, outputs: 16, columns: 28, kernelColumns: 3))
    #expect(!isChosen(6, outputs: 16, columns: 28, kernelRows: 7, kernelColumns: 7))
    for outputs in 1...40 { #expect(isChosen(1, outputs: outputs, columns: 28)) }
  }

  /// Convolutions of the zoo that go this way where they are in lane order, on lower maps.
  static let zooShapes: [Shape] = {
    var shapes: Set<Shape> = []
    for entry in Zoo.models {
      guard let graph = try? Zoo.network(named: entry.name).graph() else { continue }
      for node in graph.nodes {
        guard let layer = node.layer as? Conv2D, layer.stride == 1, layer.groups == 1,
          layer.kernel.width == 5, node.inputShapes[0][0] <= 32
        else { continue }
        let input = node.inputShapes[0]
        let shape = Shape(
          images: 16, channels: input[0], outputs: min(layer.outputChannels, 32),
          rows: min(input[1], 14), columns: min(input[2], 40), kernelRows: layer.kernel.height,
          padding: layer.padding.resolved(
            input: Size2D(maps: input), kernel: layer.kernel, stride: 1))
        if tandem_lane_packed_count(shape.form()) != tandem_lane_weights_count(shape.form()) {
          shapes.insert(shape)
        }
      }
    }
    return shapes.sorted { $0.testDescription < $1.testDescription }
  }()

  /// Root mean squares against double precision: at most four times what sums by the definition
  /// have.
  @Test(arguments: zooShapes, sets) func hasFourTimesTheErrorOfSumsAtMost(
    _ shape: Shape, _ set: tandem_instructions
  ) {
    let lanes = LaneCase(shape.form(set))
    let (results, sums) = (lanes.run(), LaneSums(lanes))
    #expect(sums.output.errorRatio(of: results.output) <= 4)
    #expect(sums.weights.errorRatio(of: results.weightGradient) <= 4)
    #expect(sums.input.errorRatio(of: results.inputGradient) <= 4)
  }

  @Test func zooHasLeNetAndSimpleConvNet() {
    let kinds = Set(Self.zooShapes.map { [$0.channels, $0.outputs] })
    #expect(kinds.isSuperset(of: [[1, 6], [6, 16], [1, 30]]))
  }

  @Test func comparisonFindsWrongNumbers() {
    let lanes = LaneCase(Self.shapes[2].form())
    let (results, sums) = (lanes.run(), LaneSums(lanes))
    #expect(sums.output.errorRatio(of: results.output.map { $0 * (1 + 1e-5) }) > 4)
    #expect(sums.weights.errorRatio(of: results.weightGradient.reversed()) > 4)
    #expect(sums.input.errorRatio(of: results.inputGradient.map { _ in 0 }) > 4)
  }

  /// What is not a number spoils the outputs that see it, may spoil others of their tiles, and no
  /// other row's or image's.
  @Test(arguments: sets) func passesWhatIsNotANumber(_ set: tandem_instructions) {
    let shape = Self.shapes[2]
    var lanes = LaneCase(shape.form(set))
    let sound = lanes.run().output
    let image = 17
    let size = lanes.layer.inputSize
    // Channel 1, row 3, column 6.
    lanes.input[image * size + (shape.rows + 3) * shape.columns + 6] = .nan
    let spoilt = lanes.run().output
    for (index, value) in spoilt.enumerated() {
      let (map, place) = index.quotientAndRemainder(
        dividingBy: lanes.layer.output_rows * lanes.layer.output_columns)
      let (row, column) = place.quotientAndRemainder(dividingBy: lanes.layer.output_columns)
      if map / shape.outputs != image || row > 3 {
        #expect(value.bitPattern == sound[index].bitPattern)
      } else if (2...6).contains(column) {
        #expect(value.isNaN)
      }
    }
  }
}
