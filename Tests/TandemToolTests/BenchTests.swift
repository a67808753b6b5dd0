import Tandem
import Testing

@Suite struct BenchTests {
  struct Report: Decodable {
    let model: String
    let batchSize: Int
    let ranks: Int
    let workers: Int
    let shards: Int
    let steps: Int
    let imagesPerSecond: Double
    let imagesPerSecondTenthPercentile: Double
    let imagesPerSecondNinetiethPercentile: Double
  }

  @Test func jsonHasSpeedAndSettings() throws {
    let report = try ToolRun(
      "bench --model lenet -b 24 --workers 1 --shards 3 --steps 12 --warm-up 2 --json"
    ).json(as: Report.self)
    #expect(report.model == "lenet")
    #expect(report.batchSize == 24)
    #expect(report.ranks == 1)
    #expect(report.workers == 1)
    #expect(report.shards == 3)
    #expect(report.steps == 12)
    #expect(report.imagesPerSecondTenthPercentile > 0)
    #expect(report.imagesPerSecondTenthPercentile <= report.imagesPerSecond)
    #expect(report.imagesPerSecond <= report.imagesPerSecondNinetiethPercentile)
  }

  /// Narrow, because all of the large ones at their own width take minutes.
  @Test(arguments: Set(Zoo.models.map(\.family)).sorted())
  func everyFamilyRunsWithItsOwnShape(family: String) throws {
    let entry = try #require(Zoo.models.first { $0.family == family })
    let width = entry.hasWidth ? " --width 0.0625" : ""
    let report = try ToolRun(
      "bench --model \(entry.name)\(width) -b 2 --workers 1 --steps 2 --warm-up 1 --json"
    ).json(as: Report.self)
    #expect(report.steps == 2)
  }

  @Test func textIsATable() throws {
    let run = try ToolRun("bench --model mlp -b 8 --steps 3 --warm-up 1")
    run.expectSuccess()
    #expect(run.lines.first?.hasPrefix("Model") == true)
    #expect(run.standardOutput.contains("Images/s"))
  }
}
