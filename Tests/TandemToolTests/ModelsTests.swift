import Tandem
import Testing

@Suite struct ModelsTests {
  struct Model: Decodable {
    let name: String
    let family: String
    let summary: String
    let inputShape: [Int]
    let classes: Int
    let trainableParameters: Int
    let parametersWithoutAuxiliaryHeads: Int
    let multiplyAdds: Int
    let hasWidth: Bool
  }

  @Test func jsonHasAllNetworksWithTheirFigures() throws {
    let models = try ToolRun("models --json").json(as: [Model].self)
    #expect(models.map(\.name) == Zoo.models.map(\.name))
    #expect(models.allSatisfy { !$0.family.isEmpty && !$0.summary.isEmpty })

    let leNet = try #require(models.first { $0.name == "lenet" })
    #expect(leNet.inputShape == [1, 28, 28])
    #expect(leNet.classes == 10)
    #expect(leNet.trainableParameters == 61_706)
    #expect(leNet.parametersWithoutAuxiliaryHeads == 61_706)
    // 28·28·6·25 + 10·10·16·150 + 400·120 + 120·84 + 84·10
    #expect(leNet.multiplyAdds == 416_520)
    #expect(!leNet.hasWidth)

    let googLeNet = try #require(models.first { $0.name == "googlenet" })
    #expect(googLeNet.trainableParameters == 13_378_280)
    #expect(googLeNet.parametersWithoutAuxiliaryHeads == 6_998_552)
    #expect(googLeNet.hasWidth)
  }

  @Test func tableHasALineForEachNetwork() throws {
    let run = try ToolRun("models")
    run.expectSuccess()
    #expect(run.lines.count == Zoo.models.count + 3)
    let googLeNet = try #require(run.lines.first { $0.hasPrefix("googlenet ") })
    for word in ["[3, 224, 224]", "1,000", "13,378,280", "6,998,552", "Szegedy et al. 2014"] {
      #expect(googLeNet.contains(word))
    }
  }
}
