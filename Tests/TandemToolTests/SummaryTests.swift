import Testing

@Suite struct SummaryTests {
  struct Summary: Decodable {
    struct Layer: Decodable {
      let name: String
      let kind: String
      let outputShape: [Int]
      let parameters: Int
      let multiplyAdds: Int
    }

    let name: String
    let inputShape: [Int]
    let outputShape: [Int]
    let layers: [Layer]
    let trainableParameters: Int
    let multiplyAdds: Int
    let activationBytes: Int
    let parameterBytes: Int
  }

  @Test func jsonHasTheFiguresOfLeNet() throws {
    let summary = try ToolRun("summary lenet --json").json(as: Summary.self)
    #expect(summary.name == "lenet")
    #expect(summary.inputShape == [1, 28, 28])
    #expect(summary.outputShape == [10])
    #expect(summary.trainableParameters == 61_706)
    #expect(summary.parameterBytes == 4 * 61_706)
    // 28·28·6·25 + 10·10·16·150 + 400·120 + 120·84 + 84·10
    #expect(summary.multiplyAdds == 416_520)
    #expect(summary.layers.first?.kind == "Conv2D")
    #expect(summary.layers.first?.outputShape == [6, 28, 28])
    #expect(summary.layers.map(\.parameters).reduce(0, +) == 61_706)
    #expect(summary.layers.map(\.multiplyAdds).reduce(0, +) == summary.multiplyAdds)
    #expect(summary.activationBytes > 0)
  }

  @Test func inputAndClassesChangeTheNetwork() throws {
    let summary = try ToolRun("summary mlp --input-size 3x8x8 --num-classes 7 --json").json(
      as: Summary.self)
    #expect(summary.inputShape == [3, 8, 8])
    #expect(summary.outputShape == [7])
    // 192·512 + 512 + 512·7 + 7
    #expect(summary.trainableParameters == 102_407)
  }

  @Test func tableShowsLayersAndTotals() throws {
    let run = try ToolRun("summary lenet")
    run.expectSuccess()
    #expect(run.standardOutput.contains("conv1 (Conv2D)         [N, 6, 28, 28]"))
    #expect(run.standardOutput.contains("61,706"))
    #expect(run.standardOutput.contains("416,520"))
  }

  @Test func stagesFollowTheLayers() throws {
    let whole = try ToolRun("summary resnet-50").lines
    let stages = try ToolRun("summary resnet-50 --stages").lines
    #expect(whole.first == stages.first)
    #expect(Array(whole.suffix(stages.count - 1)) == Array(stages.dropFirst()))
    #expect(whole[1].hasPrefix("Layer (kind)"))
    #expect(
      stages[4].hasPrefix("conv2_x  [N, 256, 56, 56]") && stages[4].hasSuffix("max pool, stride 2"))
    #expect(stages[5].hasSuffix("[1×1, 64; 3×3, 64; 1×1, 256] × 3"))
  }

  @Test func stagesAsJSON() throws {
    struct Stage: Decodable {
      let title: String
      let outputShape: [Int]
      let layers: [String]
      let parameters: Int
      let multiplyAdds: Int
    }
    struct Whole: Decodable {
      let stages: [Stage]
      let parametersWithoutAuxiliaryHeads: Int
    }
    let whole = try ToolRun("summary googlenet --json").json(as: Whole.self)
    #expect(whole.parametersWithoutAuxiliaryHeads == 6_998_552)
    let stages = try ToolRun("summary googlenet --stages --json").json(as: [Stage].self)
    #expect(stages.map(\.title) == whole.stages.map(\.title))
    #expect(stages.map(\.parameters).reduce(0, +) == 13_378_280)
    #expect(stages.first?.layers == ["7×7, 64, stride 2"])
    #expect(stages.first?.outputShape == [64, 112, 112])
    #expect(stages.first?.multiplyAdds == 112 * 112 * 64 * 3 * 49)
  }

  @Test func networkWithoutStages() throws {
    try ToolRun("summary lenet --stages").expectFailure(naming: "lenet", "--stages")
  }

  @Test(arguments: ["--stages", "--width 2", "--input-size 1x28x28", "--num-classes 3"])
  func optionThatNeedsANetwork(option: String) throws {
    try ToolRun("summary " + option)
      .expectFailure(naming: String(option.prefix { $0 != " " }), "name it too")
  }

  @Test func withoutModelAllNetworksAreListed() throws {
    for options in ["", " --json"] {
      let run = try ToolRun("summary" + options)
      run.expectSuccess()
      #expect(try run.standardOutput == ToolRun("models" + options).standardOutput)
    }
  }
}
