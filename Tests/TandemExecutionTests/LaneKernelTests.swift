import CKernels
import TandemTensor
import Testing

/// The kernels in lane order for each number of images in the last block, which are folded where
/// they are few.
@Suite struct LaneKernelTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let form: @Sendable (Int, tandem_lane_activation, tandem_lane_pooling) -> tandem_lane_layer
  }

  static let shapes = [
    Shape(testDescription: "one channel, rows that leave a rest") {
      LaneCase.form(
        images: $0, channels: 1, rows: 13, columns: 9, outputs: 6, activation: $1, pooling: $2)
    },
    Shape(testDescription: "padding all around, odd maps, several channels") {
      LaneCase.form(
        images: $0, channels: 3, rows: 9, columns: 7, outputs: 7, top: 1, bottom: 1, left: 1,
        right: 1, activation: $1, pooling: $2)
    },
    Shape(testDescription: "padding that differs from side to side, windows of 3×2") {
      LaneCase.form(
        images: $0, channels: 2, rows: 11, columns: 6, outputs: 5, kernel: 4, top: 3, bottom: 1,
        left: 0, right: 2, activation: $1, pooling: $2, window: (3, 2))
    },
    Shape(testDescription: "more padding than rows") {
      LaneCase.form(
        images: $0, channels: 2, rows: 2, columns: 3, outputs: 4, kernel: 5, top: 4, bottom: 4,
        left: 4, right: 4, activation: $1, pooling: $2)
    },
    Shape(testDescription: "as large a kernel as the maps") {
      LaneCase.form(
        images: $0, channels: 2, rows: 5, columns: 5, outputs: 3, kernel: 5, activation: $1,
        pooling: $2, window: (1, 1))
    },
    Shape(testDescription: "three inputs and three tiles of outputs, of 7 columns each way") {
      LaneCase.form(
        images: $0, channels: 3, rows: 6, columns: 14, outputs: 11, kernel: 5, left: 2, right: 2,
        activation: $1, pooling: $2)
    },
    Shape(testDescription: "two outputs, 8 columns with zeros beside them") {
      LaneCase.form(
        images: $0, channels: 2, rows: 5, columns: 16, outputs: 2, kernel: 5, top: 2, bottom: 2,
        left: 2, right: 2, activation: $1, pooling: $2)
    },
    Shape(testDescription: "a gradient that is narrower than its tile") {
      LaneCase.form(
        images: $0, channels: 2, rows: 7, columns: 7, outputs: 4, kernel: 6, activation: $1,
        pooling: $2, window: (1, 2))
    },
    Shape(testDescription: "so high that there are several strips, tiles of 4 and of 3 outputs") {
      LaneCase.form(
        images: $0, channels: 2, rows: 45, columns: 10, outputs: 7, kernel: 7, left: 4, right: 6,
        activation: $1, pooling: $2)
    },
    Shape(testDescription: "so wide that a strip is one window, tiles of 4 and of 3 outputs") {
      LaneCase.form(
        images: $0, channels: 1, rows: 6, columns: 85, outputs: 7, activation: $1, pooling: $2)
    },
  ]
  static let activations = [
    tandem_lane_activation_none, tandem_lane_activation_relu, tandem_lane_activation_tanh,
  ]
  static let poolings = [
    tandem_lane_pooling_none, tandem_lane_pooling_max, tandem_lane_pooling_average,
  ]
  static let counts = Array(1...33) + [50]

  private static func forEachKind(
    _ body: (tandem_lane_activation, tandem_lane_pooling) throws -> Void
  ) rethrows {
    for activation in activations {
      for pooling in poolings { try body(activation, pooling) }
    }
  }

  /// Of sums of up to some thousand products.
  static let tolerance = 2e-5

  @Test(arguments: shapes) func equalsItsDefinition(shape: Shape) {
    Self.forEachKind { activation, pooling in
      for images in Self.counts {
        let lanes = LaneCase(shape.form(images, activation, pooling))
        let results = lanes.run()
        #expect(results.isSound, "\(images) images, \(activation), \(pooling)")
        #expect(
          LaneReference(lanes).error(of: results) < Self.tolerance,
          "\(images) images, \(activation), \(pooling)")
      }
    }
  }

  /// By all instructions that this processor has.
  @Test(arguments: shapes) func equalsItsDefinitionWithFewerInstructions(shape: Shape) {
    for set in [tandem_instructions_avx2, tandem_instructions_portable] {
      Self.forEachKind { activation, pooling in
        for images in [2, 16, 21] {
          var form = shape.form(images, activation, pooling)
          form.set = set
          let lanes = LaneCase(form)
          let results = lanes.run()
          #expect(
            results.isSound && LaneReference(lanes).error(of: results) < Self.tolerance,
            "\(set), \(images) images, \(activation), \(pooling)")
        }
      }
    }
  }

  /// In whole blocks nothing is folded.
  @Test(arguments: shapes) func anImagesBitsDoNotDependOnHowManyAreComputedWithIt(shape: Shape) {
    Self.forEachKind { activation, pooling in
      let layer = shape.form(64, activation, pooling)
      let whole = LaneCase(layer).run()
      for images in Self.counts {
        let few = LaneCase(shape.form(images, activation, pooling)).run()
        #expect(Self.isBeginning(few.output, of: whole.output))
        #expect(Self.isBeginning(few.inputGradient, of: whole.inputGradient))
        #expect(few.winners == Array(whole.winners.prefix(few.winners.count)))
        #expect(Self.isBeginning(few.activation, of: whole.activation))
      }
    }
  }

  private static func isBeginning(_ few: [Float], of many: [Float]) -> Bool {
    zip(few, many).allSatisfy { $0.bitPattern == $1.bitPattern } && few.count <= many.count
  }

  /// What is no number is the largest of its window, wherever it is, and harms no other; nor does
  /// anything infinite.
  @Test(arguments: activations, [(2, 2), (1, 3)])
  func poolsWhatIsNoNumber(activation: tandem_lane_activation, window: (rows: Int, columns: Int)) {
    var plain = LaneCase(
      LaneCase.form(
        images: 19, channels: 1, rows: 4, columns: 6, outputs: 1, kernel: 1,
        activation: activation, pooling: tandem_lane_pooling_max, window: window))
    (plain.weights, plain.bias) = ([1], [0])
    let expected = plain.run()
    // Of the last image, in the first window of the second row of windows.
    let first = 18 * 24 + window.rows * 6
    let disturbed = 18 * plain.layer.outputSize + 6 / window.columns
    for value in [Float.nan, .infinity] {
      for place in 0..<window.rows * window.columns {
        var lanes = plain
        lanes.input[first + place / window.columns * 6 + place % window.columns] = value
        // So that the row's sum is no number either.
        lanes.input[first + window.columns] = -.infinity
        let results = lanes.run()
        let output = results.output[disturbed]
        if value.isNaN {
          #expect(output.isNaN)
        } else if activation == tandem_lane_activation_tanh {
          #expect(abs(output - 1) < 1e-6)
        } else {
          #expect(output == .infinity)
        }
        #expect(results.winners[disturbed] == place)
        for index in expected.output.indices where ![disturbed, disturbed + 1].contains(index) {
          #expect(results.output[index] == expected.output[index])
          #expect(results.winners[index] == expected.winners[index])
        }
      }
    }
  }

  /// Seen by the scratch memory, which then holds the folded maps: 1 to 8 images in the last block,
  /// unless there is too little arithmetic.
  @Test func foldsWhereItPays() {
    func folds(_ images: Int, kernel: Int = 5) -> Bool {
      func scratch(_ images: Int) -> Int {
        tandem_lane_gradient_scratch(
          LaneCase.form(
            images: images, channels: 1, rows: 28, columns: 28, outputs: 30, kernel: kernel,
            activation: tandem_lane_activation_relu, pooling: tandem_lane_pooling_max))
      }
      return scratch(images) > scratch(16)
    }
    for images in 1...50 { #expect(folds(images) == (1...8).contains(images % 16)) }
    for images in 1...50 { #expect(!folds(images, kernel: 1)) }
  }

  @Test func theReferenceFindsErrors() {
    let lanes = LaneCase(
      Self.shapes[1].form(19, tandem_lane_activation_tanh, tandem_lane_pooling_max))
    let reference = LaneReference(lanes)
    let results = lanes.run()
    var wrong = results
    wrong.output[wrong.output.count - 1] += 0.001
    #expect(reference.error(of: wrong) > Self.tolerance)
    wrong = results
    wrong.weightGradient[4] *= 1.01
    #expect(reference.error(of: wrong) > Self.tolerance)
    wrong = results
    wrong.biasGradient[0] = -wrong.biasGradient[0]
    #expect(reference.error(of: wrong) > Self.tolerance)
    wrong = results
    wrong.inputGradient = wrong.inputGradient.map { _ in 0 }
    #expect(reference.error(of: wrong) > Self.tolerance)
    #expect(!Self.isBeginning(results.output.map { $0.nextUp }, of: results.output))
  }

  @Test func guardsFindWhatIsWrittenBehindTheEnd() {
    let memory = GuardedFloats(3)
    #expect(memory.isIntact && memory.numbers.allSatisfy(\.isNaN))
    memory.base[3] = 0
    #expect(!memory.isIntact)
  }

  /// Whole blocks, and of a last one with 8 images or fewer a part's rows and the copies. Of 2
  /// images, which are 8 parts of 4 rows of 28, with 75,264 operations a block by Winograd's way,
  /// 7 · (5 · 8 + 8 + 16) for a row of a map:
  ///
  ///     forward     4 / 28 + 2 · (8 · 8 · 28 + 2 · 14 · 14 · 6 + 28 · 28 · 6) / 75,264 = 0.3780
  ///     input       4 / 28 + 2 · (8 · 6 · 8 · 28 + 28 · 28) / 75,264 = 0.4494
  @Test(arguments: [(64, 4.0), (60, 4.0), (50, 3 + (2 * 0.3780 + 0.4494) / 3), (1, 0.3938)])
  func blocksThatAreFoldedTakeLessTime(images: Int, blocks: Double) {
    var layer = LaneCase.form(
      images: images, channels: 1, rows: 28, columns: 28, outputs: 6, kernel: 5, top: 2, bottom: 2,
      left: 2, right: 2, activation: tandem_lane_activation_tanh,
      pooling: tandem_lane_pooling_average)
    #expect(abs(tandem_lane_blocks_of_time(layer) - blocks) < 1e-4)
    // One row cannot be cut.
    (layer.rows, layer.output_rows, layer.window_rows) = (1, 1, 1)
    #expect(tandem_lane_blocks_of_time(layer) == Double(tandem_lane_blocks(images)))
  }

  // MARK: The dense layer

  /// Tiles and the last outputs of a band, features that are no multiple of 4 or leave a chunk
  /// short, and rows of weights that crowd each other in a cache.
  @Test(
    arguments: [(1, 16), (3, 7), (130, 31), (257, 100), (512, 47), (1024, 15)],
    [tandem_instructions_avx512, tandem_instructions_avx2, tandem_instructions_portable])
  func theDenseLayerAddsInTheSameOrder(
    size: (features: Int, outputs: Int), set: tandem_instructions
  ) {
    let (features, outputs) = size
    var random = CounterRandom(seed: 7, purpose: .test).sequence(0)
    let input = (0..<64 * features).map { _ in random.normal() }
    let weights = (0..<outputs * features).map { _ in random.normal() }
    let bias = (0..<outputs).map { _ in random.normal() }
    for activation in Self.activations {
      func run(_ images: Int, biased: Bool) -> [Float] {
        let source = GuardedFloats(tandem_lane_blocks(images) * 16 * features)
        tandem_lanes_from_plain(input, source.base, images, features)
        let output = GuardedFloats(images * outputs)
        let scratch = GuardedFloats(tandem_lane_dense_scratch(images, outputs))
        tandem_lane_dense(
          source.base, weights, biased ? bias : nil, output.base, activation, scratch.base, images,
          features, outputs, set)
        #expect(output.isIntact && scratch.isIntact)
        return Array(output.numbers)
      }
      for biased in [true, false] {
        let whole = run(64, biased: biased)
        for images in Self.counts {
          #expect(Self.isBeginning(run(images, biased: biased), of: whole), "\(images) images")
        }
        let size = Double(features).squareRoot()
        for image in [0, 63] {
          for output in [0, outputs - 1] {
            let exact = (0..<features).reduce(biased ? Double(bias[output]) : 0) {
              $0 + Double(input[image * features + $1]) * Double(weights[output * features + $1])
            }
            let found = Double(whole[image * outputs + output])
            #expect(
              abs(found - LaneReference.activate(exact, activation)) < Self.tolerance * size)
          }
        }
      }
    }
  }
}
