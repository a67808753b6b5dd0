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

  @Test func withoutModelAllNetworksAreListed() throws {
    struct Listing: Decodable {
      let name: String
      let trainableParameters: Int
    }
    let listings = try ToolRun("summary --json").json(as: [Listing].self)
    #expect(listings.first { $0.name == "lenet" }?.trainableParameters == 61_706)
    for name in ["mlp", "simple-convnet", "lenet", "mnist-cnn", "cifar-quick"] {
      #expect(listings.contains { $0.name == name })
    }
    let table = try ToolRun("summary")
    table.expectSuccess()
    #expect(table.lines.count >= listings.count + 3)
  }
}
