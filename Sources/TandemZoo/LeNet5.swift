import TandemNetwork
import TandemTensor

// LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition"
// (1998), http://yann.lecun.com/exdb/publis/pdf/lecun-01a.pdf, section II.B: 60,000 trainable
// parameters and 340,908 connections.
//
// Deviations from the paper:
// - S2 and S4 take the mean of four values where the paper adds them; their weights, which start at
//   1, make up for that.
// - The 7×12 bitmaps of the output layer are drawn by us after the style of figure 3; for other
//   numbers of classes than ten, only as many digits as there are classes, ten at most.
// - The output layer gives the negative of the paper's penalties, so that the largest output is the
//   answer; see `RadialBasisOutput`.
// - For images of 28×28, C1 pads by 2 zeros at each side, which makes them the paper's 32×32.
// - For three channels, C1 sees all of them.
//
// `lenet-5-softmax` has a dense output layer of ten units and is trained with the cross-entropy.

extension Zoo {
  /// The output layer of LeNet-5.
  public enum LeNet5: String, CaseIterable, Sendable {
    /// As published: radial basis functions, one for each of ten classes at most.
    case radialBasis = "lenet-5"
    /// A dense layer, trained with the cross-entropy.
    case softmax = "lenet-5-softmax"

    var summary: String {
      switch self {
      case .radialBasis: "LeCun et al. 1998 as published, radial basis output"
      case .softmax: "the same with a dense output layer"
      }
    }
  }

  static let leNet5s = LeNet5.allCases.map { output in
    ZooEntry(
      output.rawValue, family: "LeNet5", summary: output.summary, input: [1, 32, 32],
      classes: 10, hasWidth: false
    ) { leNet5(output, classes: $0.classes, input: $0.input) }
  }

  /// LeNet-5 as published (LeCun, Bottou, Bengio and Haffner 1998,
  /// http://yann.lecun.com/exdb/publis/pdf/lecun-01a.pdf): 60,000 parameters.
  /// - Parameter input: `[C, H, W]`; images of 28×28 are padded.
  public static func leNet5(
    _ output: LeNet5 = .radialBasis, classes: Int = 10, input: Shape = [1, 32, 32]
  ) -> Network {
    let plan = ZooPlan(output.rawValue, input: input, classes: classes)
    return plan.network {  // [N,1,32,32]
      leNet5Layers(plan)
      switch output {
      case .radialBasis:
        RadialBasisOutput(targets: digitBitmaps(classes)).named("output")  // → [N,10]
      case .softmax:
        Dense(
          classes, weightInitializer: leNet5Initializer, biasInitializer: leNet5Initializer
        ).named("output")  // → [N,10]
      }
    }
  }

  /// Appendix A of the paper.
  private static let leNet5Initializer = Initializer.uniformOverFanIn(factor: 2.4)

  /// Table I of the paper: the maps of S2 that each map of C3 sees.
  static let leNet5Connections = [
    [0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [0, 4, 5], [0, 1, 5],
    [0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5], [0, 3, 4, 5], [0, 1, 4, 5], [0, 1, 2, 5],
    [0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5],
    [0, 1, 2, 3, 4, 5],
  ]

  @NetworkBuilder
  private static func leNet5Layers(_ plan: ZooPlan) -> [NetworkElement] {
    let initializer = leNet5Initializer
    let isUnpadded = plan.input.dimensions.dropFirst() == [28, 28]
    Stage("C1") {  // → [N,6,28,28]
      Conv2D(
        6, kernel: 5, padding: isUnpadded ? 2 : .valid, weightInitializer: initializer,
        biasInitializer: initializer
      ).named("c1")
      ScaledTanh()
    }
    Stage("S2") {  // → [N,6,14,14]
      TrainableSubsampling(2).named("s2")
      ScaledTanh()
    }
    Stage("C3") {  // → [N,16,10,10]
      ConnectedConv2D(
        connections: leNet5Connections, kernel: 5, weightInitializer: initializer,
        biasInitializer: initializer
      ).named("c3")
      ScaledTanh()
    }
    Stage("S4") {  // → [N,16,5,5]
      TrainableSubsampling(2).named("s4")
      ScaledTanh()
    }
    Stage("C5") {  // → [N,120,1,1]
      Conv2D(120, kernel: 5, weightInitializer: initializer, biasInitializer: initializer)
        .named("c5")
      ScaledTanh()
    }
    Stage("F6") {  // → [N,84]
      Dense(84, weightInitializer: initializer, biasInitializer: initializer).named("f6")
      ScaledTanh()
    }
  }

  /// The targets of the output units: for each class a digit as 12 rows of 7 pixels, ink 1, paper
  /// -1.
  static func digitBitmaps(_ classes: Int) -> [[Int]] {
    digits.prefix(classes).map { rows in rows.joined().map { $0 == "#" ? 1 : -1 } }
  }

  private static let digits: [[String]] = [
    [
      ".......", "..###..", ".#...#.", "#.....#", "#.....#", "#.....#",
      "#.....#", "#.....#", "#.....#", ".#...#.", "..###..", ".......",
    ],
    [
      ".......", "...#...", "..##...", ".#.#...", "...#...", "...#...",
      "...#...", "...#...", "...#...", "...#...", ".#####.", ".......",
    ],
    [
      ".......", ".#####.", "#.....#", "......#", ".....#.", "....#..",
      "...#...", "..#....", ".#.....", "#......", "#######", ".......",
    ],
    [
      ".......", ".#####.", "#.....#", "......#", "......#", "..####.",
      "......#", "......#", "......#", "#.....#", ".#####.", ".......",
    ],
    [
      ".......", ".....#.", "....##.", "...#.#.", "..#..#.", ".#...#.",
      "#....#.", "#######", ".....#.", ".....#.", ".....#.", ".......",
    ],
    [
      ".......", "#######", "#......", "#......", "######.", "......#",
      "......#", "......#", "......#", "#.....#", ".#####.", ".......",
    ],
    [
      ".......", "..####.", ".#.....", "#......", "#......", "######.",
      "#.....#", "#.....#", "#.....#", "#.....#", ".#####.", ".......",
    ],
    [
      ".......", "#######", "......#", "......#", ".....#.", ".....#.",
      "....#..", "....#..", "...#...", "...#...", "..#....", ".......",
    ],
    [
      ".......", ".#####.", "#.....#", "#.....#", "#.....#", ".#####.",
      "#.....#", "#.....#", "#.....#", "#.....#", ".#####.", ".......",
    ],
    [
      ".......", ".#####.", "#.....#", "#.....#", "#.....#", "#.....#",
      ".######", "......#", "......#", ".....#.", ".####..", ".......",
    ],
  ]
}
