import Testing

@Suite(.serialized) struct GradcheckTests {
  struct Report: Decodable {
    struct Parameter: Decodable {
      let name: String
      let shape: [Int]
      let elementsChecked: Int
      let worstRelativeError: Double
      let backpropagated: Double
      let numerical: Double
    }

    let model: String
    let tolerance: Double
    let passed: Bool
    let worstRelativeError: Double
    let parameters: [Parameter]
  }

  @Test(arguments: ["mlp", "simple-convnet", "lenet", "mnist-cnn", "cifar-quick"])
  func gradientsOfTheZooAreRight(model: String) throws {
    let report = try ToolRun(["gradcheck", model, "--samples", "5", "-b", "2", "--json"])
      .json(as: Report.self)
    #expect(report.passed)
    #expect(report.parameters.allSatisfy { $0.elementsChecked >= 5 })
    // Float32 has 24 bits; gradients that are exactly equal, or all 0, would not come from it.
    #expect(report.worstRelativeError > 1e-9)
    #expect(report.worstRelativeError < 1e-3)
    #expect(report.worstRelativeError == report.parameters.map(\.worstRelativeError).max())
    #expect(report.parameters.allSatisfy { $0.numerical != 0 })
  }

  @Test func parametersAreNamedAsInPyTorchAndInTheOrderOfTheNetwork() throws {
    let report = try ToolRun("gradcheck lenet --samples 1 -b 1 --json").json(as: Report.self)
    #expect(report.parameters.first?.name == "conv1.weight")
    #expect(report.parameters.first?.shape == [6, 1, 5, 5])
    #expect(report.parameters.last?.name == "dense3.bias")
    #expect(report.parameters.count == 10)
  }

  @Test func dropoutIsCheckedWithTheMasksOfTraining() throws {
    let report = try ToolRun("gradcheck mnist-cnn --dropout 0.5 --samples 5 -b 2 --json")
      .json(as: Report.self)
    #expect(report.worstRelativeError < 1e-3)
  }

  @Test func allElementsAreCheckedOnRequest() throws {
    let report = try ToolRun("gradcheck mlp --input-size 1x3x3 --num-classes 3 --all -b 2 --json")
      .json(as: Report.self)
    // 9·512 + 512 + 512·3 + 3
    #expect(report.parameters.map(\.elementsChecked).reduce(0, +) == 6659)
  }

  @Test func errorAboveTheToleranceFails() throws {
    let run = try ToolRun("gradcheck lenet --samples 2 -b 1 --tolerance 1e-12")
    #expect(run.exitCode == 1)
    #expect(run.errorLines.count == 1)
    #expect(run.standardError.contains("more than the tolerance 1.0e-12"))
    #expect(run.standardOutput.contains("conv1.weight"))
  }
}
