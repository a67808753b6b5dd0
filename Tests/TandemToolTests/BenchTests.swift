import Foundation
import Tandem
import Testing

@Suite struct BenchTests {
  struct Report: Decodable {
    let model: String
    let precision: String
    let batchSize: Int
    let ranks: Int
    let workers: Int
    let shards: Int
    let mesh: String?
    let parallelism: String?
    let steps: Int
    let imagesPerSecond: Double
    let imagesPerSecondTenthPercentile: Double
    let imagesPerSecondNinetiethPercentile: Double
    let secondsPerStep: Double
    let split: Split
    let arithmetic: Arithmetic
    let peakMemoryBytes: Int?
    let operators: [Operator]?

    struct Split: Decodable {
      let forward: Double
      let backward: Double
      let exchange: Double
      let update: Double
      let data: Double
    }
    struct Arithmetic: Decodable {
      let multiplyAddsPerImage: Int
      let gigaflopsPerSecond: Double
      let peakGigaflopsPerSecond: Double
      let fractionOfPeak: Double
    }
    struct Operator: Decodable {
      let label: String
      let secondsPerStep: Double
      let gigaflopsPerSecond: Double?
      let fractionOfPeak: Double?
      let bytes: Double
    }
  }

  @Test func jsonHasSpeedAndSettings() throws {
    let report = try ToolRun(
      "bench --model lenet -b 24 --workers 1 --shards 3 --steps 12 --warm-up 2 --json"
    ).json(as: Report.self)
    #expect(report.model == "lenet")
    #expect(report.precision == "fp32")
    #expect(report.batchSize == 24)
    #expect(report.ranks == 1)
    #expect(report.workers == 1)
    #expect(report.shards == 3)
    #expect(report.mesh == nil && report.parallelism == nil)
    #expect(report.steps == 12)
    #expect(report.imagesPerSecondTenthPercentile > 0)
    #expect(report.imagesPerSecondTenthPercentile <= report.imagesPerSecond)
    #expect(report.imagesPerSecond <= report.imagesPerSecondNinetiethPercentile)
  }

  @Test(.enabled(if: (try? Precision.bfloat16.check()) != nil, "oneDNN has no bfloat16 here"))
  func computesInBFloat16() throws {
    let line =
      "bench --model vgg-a --width 0.125 --input-size 3x32x32 -b 4 --workers 1 --steps 2 --warm-up 1"
    let report = try ToolRun("\(line) --precision bf16 --layers --json").json(as: Report.self)
    #expect(report.precision == "bf16")
    let other = try ToolRun("\(line) --layers --json").json(as: Report.self)
    func bytes(_ report: Report) throws -> Double {
      let operators = try #require(report.operators)
      return try #require(operators.first { $0.label == "features.2 forward" }).bytes
    }
    // Max pooling reads and writes half as much, but for a byte per window that tells the largest.
    #expect(try bytes(report) < 0.6 * bytes(other))
  }

  /// Numbers that follow from others do; LeNet-5's multiply-adds by layer.
  @Test func jsonSaysWhereTheTimeGoes() throws {
    let report = try ToolRun(
      "bench --model lenet -b 8 --workers 2 --steps 4 --warm-up 1 --opt sgd --layers --json"
    ).json(as: Report.self)
    let (conv1, conv2, dense) = (6 * 784 * 25, 16 * 100 * 150, 400 * 120 + 120 * 84 + 84 * 10)
    let arithmetic = report.arithmetic
    #expect(arithmetic.multiplyAddsPerImage == 2 * conv1 + 3 * conv2 + 3 * dense)
    func expectEqual(_ left: Double, _ right: Double) {
      #expect(abs(left - right) <= 1e-9 * abs(right), "\(left) and \(right)")
    }
    expectEqual(report.secondsPerStep, 8 / report.imagesPerSecond)
    expectEqual(
      arithmetic.gigaflopsPerSecond,
      2e-9 * Double(arithmetic.multiplyAddsPerImage) * report.imagesPerSecond)
    expectEqual(
      arithmetic.fractionOfPeak,
      arithmetic.gigaflopsPerSecond / arithmetic.peakGigaflopsPerSecond)
    let split = report.split
    for part in [split.forward, split.backward, split.exchange, split.update, split.data] {
      #expect(part > 0)
    }
    if let bytes = report.peakMemoryBytes {
      #expect((1 << 20...Int(ProcessInfo.processInfo.physicalMemory)).contains(bytes))
    }
    let operators = try #require(report.operators)
    let forward = try #require(operators.first { $0.label == "conv2 forward" })
    // Half of the mini-batch is one worker's.
    expectEqual(
      try #require(forward.gigaflopsPerSecond),
      2e-9 * Double(4 * conv2) / forward.secondsPerStep)
    expectEqual(
      try #require(forward.fractionOfPeak),
      2 * (forward.gigaflopsPerSecond ?? 0) / arithmetic.peakGigaflopsPerSecond)
    #expect(forward.bytes > 0)
    let passes = operators.filter { $0.gigaflopsPerSecond != nil }
    // Forward, input and parameters of five layers; nobody needs the gradient of the images.
    #expect(passes.count == 14)
    #expect(!operators.contains { $0.label == "conv1 backward input" })
  }

  @Test func operatorsAreListedOnRequestOnly() throws {
    let line = "bench --model mlp -b 8 --steps 3 --warm-up 1"
    #expect(try ToolRun(line + " --json").json(as: Report.self).operators == nil)
    #expect(try !ToolRun(line).standardOutput.contains("dense1 forward"))
    let run = try ToolRun(line + " --layers")
    run.expectSuccess()
    for text in ["dense1 backward parameters", "GFLOP/s", "exchange", "update"] {
      #expect(run.standardOutput.contains(text))
    }
  }

  @Test func forwardPassesAlone() throws {
    let line = "bench --model lenet -b 7 --workers 2 --steps 3 --warm-up 1 --forward-only"
    let report = try ToolRun(line + " --layers --json").json(as: Report.self)
    #expect(report.steps == 3 && report.shards == 2)
    let multiplyAdds = 6 * 784 * 25 + 16 * 100 * 150 + 400 * 120 + 120 * 84 + 84 * 10
    #expect(report.arithmetic.multiplyAddsPerImage == multiplyAdds)
    #expect(report.split.forward > 0)
    #expect(report.split.backward == 0 && report.split.exchange == 0 && report.split.update == 0)
    let labels = try #require(report.operators).map(\.label)
    #expect(labels.contains("conv2 forward"))
    #expect(!labels.contains { $0.contains("backward") })
    let run = try ToolRun(line)
    run.expectSuccess()
    #expect(run.standardOutput.contains("forward passes alone"))
    #expect(!run.standardOutput.contains("backward"))
  }

  @Test func namesTheMesh() throws {
    let line = "bench --model lenet -b 8 --steps 2 --warm-up 1 --parallelism hybrid --mesh 1x2"
    let report = try ToolRun("\(line) --json").json(as: Report.self)
    #expect(report.mesh == "1x2" && report.parallelism == "hybrid" && report.workers == 2)
    let run = try ToolRun(line)
    run.expectSuccess()
    #expect(run.standardOutput.contains("1x2, hybrid parallelism"))
  }

  /// A connection on which gradients take two minutes; then one whose messages of crossings take
  /// seconds longer than the two for gradients.
  @Test func choosesTheParallelism() throws {
    let line = "bench --model lenet -b 8 --steps 2 --warm-up 1 --parallelism auto --mesh 1x2 --json"
    let slow = try ToolRun("\(line) --network 0.1mbit --latency 0")
    #expect(try slow.json(as: Report.self).parallelism != "data")
    #expect(slow.standardError.contains("--parallelism auto: "))
    #expect(slow.standardError.contains("data "))
    let far = try ToolRun("\(line) --network 1000gbit --latency 1000000")
    let report = try far.json(as: Report.self)
    #expect(report.parallelism == "data" && report.mesh == "2x1")
    let run = try ToolRun("bench --model mlp --parallelism auto")
    run.expectFailure(naming: "--mesh 1x2", "tandem bench --help")
  }

  /// Of large dense layers, whose gradients travel as factors or, where they are needed as a whole,
  /// as they are: for twice as long on a connection that decides alone.
  @Test func plansTheTrainingThatFollows() throws {
    func seconds(_ more: String) throws -> Double {
      let run = try ToolRun(
        "bench --model alexnet --width 0.25 --num-classes 10 -b 4 --steps 1 --warm-up 1 "
          + "--parallelism auto --mesh 1x2 --network 1mbit --latency 0 \(more)")
      run.expectSuccess()
      // `--parallelism auto: model, ...; data 12,345.6 ms, ...`
      let words = run.standardError.split { $0 == " " || $0 == "\n" }
      let data = try #require(words.firstIndex(of: "data"), "\(run.standardError)")
      let milliseconds: Double = try #require(Double(String(words[data + 1])))
      return milliseconds / 1000
    }
    // Half of 3,572,842 parameters, at 1448 / 1538 · 125,000 bytes/s.
    let once = 3_572_842.0 * 4 / 2 / (125_000 * 1448 / 1538)
    let factored = try seconds("--opt sgd")
    #expect(factored > once && factored < 1.4 * once, "\(factored) s, \(once) s")
    let whole = try seconds("--opt lars")
    #expect(whole > 2 * once && whole < 2.4 * once, "\(whole) s, \(once) s")
    let rounded = try seconds("--opt lars --wire bf16")
    #expect(rounded > once && rounded < 1.4 * once, "\(rounded) s, \(once) s")
  }

  /// Slices of LeNet-5's ten classes on four devices, which compute all eight images.
  @Test func devicesHaveOperatorsOfTheirOwn() throws {
    let folder = try TemporaryFolder()
    let line = "bench --model lenet -b 8 --steps 2 --warm-up 1 --parallelism model --mesh 1x4"
    let report = try ToolRun("\(line) --layers --json --trace trace.json", in: folder.url)
      .json(as: Report.self)
    let operators = try #require(report.operators)
    let dense = try #require(operators.first { $0.label == "dense3 forward" })
    let operations = try #require(dense.gigaflopsPerSecond) * 1e9 * dense.secondsPerStep
    #expect(abs(operations - Double(2 * 8 * 84 * 3)) < 1e-3)
    let crossings = operators.filter { $0.label.contains(".crossing") }
    for activity in ["put down", "forward", "from device 3", "backward", "gradient from device 1"] {
      #expect(crossings.contains { $0.label.hasSuffix(" \(activity)") }, "\(activity)")
    }
    let trace = try Trace(ofFile: folder.path("trace.json"))
    trace.expectNesting()
    for (thread, classes) in [3, 3, 2, 2].enumerated() {
      let row = trace.complete.filter { $0.tid == thread }
      let spans = row.filter { $0.name == "dense3 forward" }
      #expect(spans.count == 2)
      for span in spans {
        let operations = (span.args?.gigaflopsPerSecond ?? 0) * 1e3 * (span.dur ?? 0)
        #expect(abs(operations - Double(2 * 8 * 84 * classes)) < 1e-3 * operations)
      }
      #expect(row.contains { $0.name.contains(".crossing") })
    }
    let text = try ToolRun("\(line) --layers")
    text.expectSuccess()
    for words in ["first device's", "crossing, meeting others", "crossing, copying"] {
      #expect(text.standardOutput.contains(words), "\(words)")
    }
  }

  /// More workers than images.
  @Test func someWorkersMayHaveNothingToDo() throws {
    let line = "bench --model mlp -b 1 --workers 2 --steps 2 --warm-up 1 --forward-only --json"
    #expect(try ToolRun(line).json(as: Report.self).steps == 2)
  }

  @Test func traceHasARowForEachWorker() throws {
    let folder = try TemporaryFolder()
    let line = "bench --model lenet -b 6 --workers 2 --steps 3 --warm-up 2"
    try ToolRun(line + " --trace trace.json", in: folder.url).expectSuccess()
    let trace = try Trace(ofFile: folder.path("trace.json"))
    #expect(trace.names("process_name").count == 1)
    #expect(trace.names("thread_name") == ["worker 0", "worker 1"])
    for thread in [0, 1] {
      let row = trace.complete.filter { $0.tid == thread }
      #expect(row.filter { $0.cat == "step" }.map(\.name) == ["step 3", "step 4", "step 5"])
      #expect(row.filter { $0.name == "conv2 backward parameters" }.count == 3)
      for phase in ["data", "forward", "backward", "exchange"] {
        #expect(row.filter { $0.name == phase }.count == 3, "\(phase)")
      }
    }
    trace.expectNesting()
    // Nothing is left beside it.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["trace.json"])
  }

  @Test func refusesWhatIsNotForForwardPassesAlone() throws {
    let folder = try TemporaryFolder()
    for option in ["--opt sgd", "--shards 2"] {
      try folder.expectRefusal(
        of: "bench --model mlp --forward-only \(option)",
        naming: [String(option.prefix { $0 != " " }), "--forward-only"])
    }
    // Found before the steps.
    try folder.expectRefusal(
      of: "bench --model mlp --trace \(folder.path("none/trace.json"))",
      naming: ["none/trace.json", "create the folder"])
  }

  /// Devices exchange what they would exchange.
  @Test func emulatesComputing() throws {
    for options in ["", "--parallelism hybrid --mesh 1x2", "--shards 4 --trace trace.json"] {
      let folder = try TemporaryFolder()
      let line = "bench --model lenet -b 8 --workers 2 --steps 3 --warm-up 1 --emulate-compute"
      let run = try ToolRun("\(line) \(options)", in: folder.url)
      run.expectSuccess()
      #expect(run.standardOutput.contains("emulated"))
      #expect(!run.standardOutput.contains("GFLOP/s"))
    }
    // Shards of 5 and 4 images, and a gradient that is kept as factors.
    try ToolRun("bench --model mnist-cnn -b 9 --workers 2 --steps 3 --emulate-compute")
      .expectSuccess()
    let folder = try TemporaryFolder()
    for option in ["--layers", "--forward-only"] {
      try folder.expectRefusal(
        of: "bench --model mlp --emulate-compute \(option)", naming: ["--emulate-compute", option])
    }
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
