import Testing

/// `summary --parallelism`: how a network is spread over devices.
@Suite struct SummaryPlacementTests {
  struct Placement: Decodable {
    struct Layer: Decodable {
      let name: String
      let placement: String
      let channels: [[[Int]]]
      let shape: [Int]
    }
    struct Crossing: Decodable {
      let before: [String]
      let kind: String
      let bytesSentForward: Int
      let bytesSentBackward: Int
    }
    struct Device: Decodable {
      let images: Int
      let parameterBytes: Int
      let exchangedGradientBytes: Int
    }
    let mesh: String
    let parallelism: String
    let batchSize: Int
    let layers: [Layer]
    let crossings: [Crossing]
    let devices: [Device]
  }

  @Test func jsonHasTheTowersOfAlexNet() throws {
    let placement = try ToolRun("summary alexnet --parallelism model --mesh 1x2 --json").json(
      as: Placement.self)
    #expect(placement.mesh == "1x2" && placement.parallelism == "model")
    #expect(placement.batchSize == 128)
    #expect(placement.crossings.map(\.before) == [["conv3"], ["fc6"], ["fc7"], ["fc8"]])
    let bytes = [128 * 169, 128 * 36, 2048, 2048].map { 4 * 128 * $0 }
    #expect(placement.crossings.map(\.bytesSentForward) == bytes)
    #expect(placement.crossings.map(\.bytesSentBackward) == bytes)
    #expect(placement.layers.first?.channels == [[[0, 48]], [[48, 96]]])
    #expect(placement.layers.first?.shape == [48, 55, 55])
    #expect(placement.devices.map(\.parameterBytes) == [2 * 60_965_224, 2 * 60_965_224])
  }

  @Test func textHasPictureTablesAndTotals() throws {
    let run = try ToolRun("summary alexnet --parallelism hybrid --mesh 1x2")
    run.expectSuccess()
    for text in [
      "device 0", "1/2 of images, 96×55×55", "╞", "gather images of pool3",
      "[N/2, 96, 55, 55]", "[N, 2048]", "Crossings:             3",
      "Gradients to exchange: 9.34 MB of 243.86 MB", "one alone", "128, own 64",
    ] {
      #expect(run.standardOutput.contains(text), "\(text)")
    }
  }

  @Test func imagesAreDividedBetweenDataParts() throws {
    let run = try ToolRun("summary lenet --parallelism model --mesh 2x2 -b 10")
    run.expectSuccess()
    #expect(run.standardOutput.contains("[N/2, 3, 28, 28]"))
    #expect(run.standardOutput.contains("lenet, model parallelism, mesh 2x2, 10 images a step"))
  }

  @Test func layersThatCannotBeSlicedAreNamed() throws {
    try ToolRun("summary alexnet --parallelism model --mesh 1x3").expectFailure(
      naming: "layer conv2", "2 groups", "3 devices", "1x3")
    try ToolRun("summary lenet --parallelism hybrid --mesh 1x16").expectFailure(
      naming: "layer dense3", "10 output features", "--mesh")
    try ToolRun("summary googlenet --parallelism hybrid --mesh 1x2 --pieces 2").expectFailure(
      naming: "auxiliary output", "leave out --pieces")
  }

  @Test(arguments: [
    ("--mesh 1x2", "--mesh"), ("--batch-size 3", "--batch-size"), ("--pieces 2", "--pieces"),
    ("--parallelism model", "--mesh 1x2"), ("--parallelism tensor --mesh 1x2", "--parallelism"),
    ("--parallelism model --mesh 2", "--mesh"), ("--parallelism model --mesh 0x2", "--mesh"),
    ("--parallelism model --mesh 1x2 --pieces 2", "hybrid"),
    ("--parallelism hybrid --mesh 1x2 --pieces 0", "--pieces"),
    ("--parallelism hybrid --mesh 1x2 --pieces 64 -b 32", "--pieces 64"),
    ("--parallelism data --mesh 2x2 -b 3", "--batch-size 3"),
    ("--parallelism data --mesh 2x2 --stages", "--stages"),
  ])
  func optionsThatMakeNoSense(options: String, named: String) throws {
    let run = try ToolRun("summary lenet \(options)")
    run.expectFailure(naming: named, "tandem summary --help")
    #expect(run.exitCode == 64)
  }
}
