import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

@Suite struct StageSummaryTests {
  private func stages(_ name: String) throws -> [StageSummary] {
    NetworkSummary(try Zoo.network(named: name).graph()).stages
  }

  /// Table 1 of He et al. 2015, https://arxiv.org/abs/1512.03385: names, output sizes and layers.
  @Test(arguments: [
    ("resnet-18", "3×3, 64; 3×3, 64", [2, 2, 2, 2]),
    ("resnet-34", "3×3, 64; 3×3, 64", [3, 4, 6, 3]),
    ("resnet-50", "1×1, 64; 3×3, 64; 1×1, 256", [3, 4, 6, 3]),
    ("resnet-101", "1×1, 64; 3×3, 64; 1×1, 256", [3, 4, 23, 3]),
    ("resnet-152", "1×1, 64; 3×3, 64; 1×1, 256", [3, 8, 36, 3]),
  ])
  func tableOfResNets(name: String, block: String, counts: [Int]) throws {
    let stages = try stages(name)
    #expect(stages.map(\.title) == ["conv1", "conv2_x", "conv3_x", "conv4_x", "conv5_x", "fc"])
    #expect(stages[0].layers == ["7×7, 64, stride 2"])
    #expect(stages[1].layers.first == "3×3 max pool, stride 2")
    #expect(stages[5].layers == ["average pool", "fc 1000"])
    for (index, count) in counts.enumerated() {
      let factor = 1 << index
      let layers = block.replacing("256", with: "\(256 * factor)")
        .replacing(", 64", with: ", \(64 * factor)")
      #expect(stages[1 + index].layers.last == "[\(layers)] × \(count)")
      #expect(stages[1 + index].layers.count == (index == 0 ? 2 : 1))
    }
    #expect(stages.map { $0.outputShape.dimensions.last } == [112, 56, 28, 14, 7, 1000])
  }

  /// Figure 3 of the same paper, in the middle.
  @Test func plainNetworksHaveNoBlocks() throws {
    let layers = try stages("plain-34").map(\.layers)
    #expect(layers[1] == ["3×3 max pool, stride 2", "[3×3, 64] × 6"])
    #expect(layers[2] == ["3×3, 128, stride 2", "[3×3, 128] × 7"])
    #expect(layers[3] == ["3×3, 256, stride 2", "[3×3, 256] × 11"])
    #expect(layers[4] == ["3×3, 512, stride 2", "[3×3, 512] × 5"])
  }

  /// Table 1 of Szegedy et al. 2014, https://arxiv.org/abs/1409.4842, the rows of two modules.
  @Test func inceptionModulesAreBranches() throws {
    let stages = try stages("googlenet")
    let module = try #require(stages.first { $0.title == "inception (3a)" })
    #expect(
      module.layers
        == ["{1×1, 64 | 1×1, 96; 3×3, 128 | 1×1, 16; 5×5, 32 | 3×3 max pool; 1×1, 32}"])
    #expect(module.outputShape == [256, 28, 28])
    // 159K and 128M in the table; its K is 1024.
    #expect(module.parameters == 163_696)
    #expect(module.multiplyAdds == 128_049_152)
    let head = try #require(stages.first { $0.title == "auxiliary head 1" })
    #expect(
      head.layers
        == ["5×5 average pool, stride 3", "1×1, 128", "fc 1024", "dropout 0.7", "fc 1000"])
    #expect(head.outputShape == [1000])
  }

  /// Figures 6 and 9 of Szegedy et al. 2016, https://arxiv.org/abs/1602.07261.
  @Test func branchesWithinBranches() throws {
    let stages = try stages("inception-v4")
    #expect(
      stages.first { $0.title.hasSuffix("inception-C") }?.layers == [
        "{3×3 average pool; 1×1, 256 | 1×1, 256 | 1×1, 384; {1×3, 256 | 3×1, 256} "
          + "| 1×1, 384; 1×3, 448; 3×1, 512; {3×1, 256 | 1×3, 256}} × 3"
      ])
  }

  /// Layers that stand in no stage have rows of their own.
  @Test func leNet5() throws {
    let stages = try stages("lenet-5")
    #expect(stages.map(\.title) == ["C1", "S2", "C3", "S4", "C5", "F6", "output"])
    #expect(stages.map(\.parameters) == [156, 12, 1516, 32, 48_120, 10_164, 0])
    #expect(
      stages.flatMap(\.layers) == [
        "5×5, 6", "2×2 subsampling, stride 2", "5×5, 16, 60 connections",
        "2×2 subsampling, stride 2", "5×5, 120", "fc 84", "radial basis 10",
      ])
  }

  @Test(arguments: Zoo.models.map(\.name)) func stagesAddUp(name: String) throws {
    let summary = NetworkSummary(try Zoo.network(named: name).graph())
    guard !summary.stages.isEmpty else { return }
    #expect(summary.stages.allSatisfy { !$0.layers.isEmpty })
    #expect(summary.stages.map(\.parameters).reduce(0, +) == summary.trainableParameters)
    #expect(summary.stages.last?.outputShape == summary.outputShape)
  }

  @Test func networksWithoutStagesHaveNoTable() throws {
    let summary = NetworkSummary(try Zoo.network(named: "lenet").graph())
    #expect(summary.stages.isEmpty)
    #expect(!summary.table().contains("Stage"))
  }

  @Test func partsOfAStageAreLinesOfTheTable() throws {
    let network = Network("staged", input: [2, 8, 8]) {
      Stage("one") {
        Conv2D(4, kernel: 3, stride: 2, padding: 1, bias: false)
        ReLU()
        for _ in 0..<2 {
          Residual { Conv2D(4, kernel: 1, bias: false) }
          ReLU()
        }
      }
      Stage("two") { Dense(3) }
    }
    let summary = NetworkSummary(try network.graph())
    #expect(
      summary.stageTable() == """
        staged, input [N, 2, 8, 8]
        Stage  Output shape  Parameters  Multiply-adds  Layers
        ────────────────────────────────────────────────────────────────
        one    [N, 4, 4, 4]         104          1,664  3×3, 4, stride 2
                                                        [1×1, 4] × 2
        two    [N, 3]               195            192  fc 3
        ────────────────────────────────────────────────────────────────
        Trainable parameters:        299
        Multiply-adds per image:     1,856
        Activation memory per image: 2.01 KiB
        Parameter memory:            1.17 KiB
        """)
    #expect(summary.table().contains(summary.stageTable().split(separator: "\n")[1]))
  }
}
