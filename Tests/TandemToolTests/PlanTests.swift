import Testing

/// `plan`: what a step would take.
@Suite struct PlanTests {
  struct Report: Decodable {
    struct Outcome: Decodable {
      struct Prediction: Decodable {
        struct Layer: Decodable {
          let name: String
          let placement: String
          let computeSeconds: Double
          let gradientBytesSent: Int
        }
        let seconds: Double
        let computeSeconds: Double
        let crossingSeconds: Double
        let exposedGradientSeconds: Double
        let updateSeconds: Double
        let bytesSent: Int
        let crossings: Int
        let layers: [Layer]
      }
      let parallelism: String
      let refusal: String?
      let prediction: Prediction?
    }
    let measuredImages: [Int]
    let outcomes: [Outcome]
    let fastest: String
  }

  @Test func jsonHasAllParallelisms() throws {
    let report = try ToolRun(
      "plan --model lenet --mesh 1x2 -b 16 --network 1mbit --latency 0 --steps 2 --json"
    ).json(as: Report.self)
    #expect(report.measuredImages == [8, 16])
    #expect(report.outcomes.map(\.parallelism) == ["data", "model", "hybrid"])
    let predictions = report.outcomes.compactMap(\.prediction)
    #expect(predictions.count == 3)
    for prediction in predictions {
      #expect(prediction.layers.allSatisfy { $0.computeSeconds >= 0 })
      let computed = prediction.layers.reduce(0) { $0 + $1.computeSeconds }
      #expect(abs(prediction.computeSeconds - computed) <= 1e-9)
      let parts =
        prediction.computeSeconds + prediction.crossingSeconds
        + prediction.exposedGradientSeconds + prediction.updateSeconds
      #expect(abs(prediction.seconds - parts) <= 1e-9)
    }
    // 61,706 parameters; convolutions have 156 and 2416, and cross as 8 images of 400.
    #expect(predictions[0].bytesSent == 4 * 61_706)
    #expect(predictions[0].crossings == 0)
    let crossings = 8 * 400 + 16 * 60 + 16 * 42
    #expect(predictions[2].bytesSent == 4 * (156 + 2416 + 2 * crossings + 16 * 5))
    // 2 s for all gradients and 0.3 s for the convolutions': no measurement can change that.
    #expect(report.fastest != "data")
  }

  @Test func refusalsAreShownBesideTheOthers() throws {
    let run = try ToolRun("plan --model alexnet --width 0.0625 --mesh 1x3 -b 6 --steps 1")
    run.expectSuccess()
    for text in [
      "Refused: network alexnet, layer conv2", "fc6", "all others", "would be the fastest",
    ] {
      #expect(run.standardOutput.contains(text), "\(text)")
    }
  }

  @Test(arguments: [
    ("--model lenet", "--mesh"), ("--model lenet --mesh 1by2", "--mesh"),
    ("--mesh 1x2", "--model"), ("--model lenet --mesh 1x2 --network fast", "--network"),
    ("--model lenet --mesh 1x2 --network 10", "--network"),
    ("--model lenet --mesh 1x2 --latency x", "--latency"),
    ("--model lenet --mesh 4x4 -b 15", "--batch-size 15"),
    ("--model lenet --mesh 1x2 --steps 0", "--steps"),
  ])
  func optionsThatMakeNoSense(options: String, named: String) throws {
    let run = try ToolRun("plan \(options)")
    run.expectFailure(naming: named, "tandem plan --help")
    #expect(run.exitCode == 64)
  }

  @Test func unknownModelNamesTheNearest() throws {
    try ToolRun("plan --model lenett --mesh 1x2").expectFailure(naming: "lenet")
  }
}
