import TandemExecution
import TandemInsight
import TandemNetwork
import TandemTraining
import TandemZoo
import Testing

@Suite struct OperatorTimeTests {
  private let graph: NetworkGraph
  private let two: Plan
  private let three: Plan

  init() throws {
    graph = try Zoo.network(named: "simple-convnet").graph()
    two = try Plan(graph, images: 2, mode: .training)
    three = try Plan(graph, images: 3, mode: .training)
  }

  /// The n-th instruction of a plan takes n + 1 times so many nanoseconds.
  private func spans(_ plan: Plan, step: Int, nanoseconds: UInt64) -> [Timeline.Span] {
    plan.report.indices.map {
      .init(
        .instruction($0, images: plan.images), step: step, begin: 1000,
        end: 1000 + UInt64($0 + 1) * nanoseconds)
    }
  }

  @Test func countsTheOperationsOfEachPass() throws {
    let timelines = RankTimelines(
      workers: [Timeline(.operators, spans: spans(two, step: 5, nanoseconds: 100))],
      plans: [2: two])
    let times = timelines.operatorTimes(steps: 5...5)
    #expect(times.map(\.label) == two.report.map(\.label))
    // 30 maps of 24×24 by 5×5 kernels; then 30·12·12 inputs to 100 units, and these to 10.
    let multiplyAdds = ["conv1": 432_000, "dense1": 432_000, "dense2": 1000]
    for (layer, count) in multiplyAdds {
      for activity in ["forward", "backward input", "backward parameters"] {
        let time = times.first { $0.layer == layer && $0.activity == activity }
        // Nobody needs the gradient of the images.
        if layer == "conv1" && activity == "backward input" {
          #expect(time == nil)
        } else {
          #expect(time?.floatingPointOperations == Double(2 * 2 * count), "\(layer) \(activity)")
        }
      }
    }
    let all = times.reduce(0) { $0 + $1.floatingPointOperations }
    #expect(all == Double(2 * 2 * graph.trainingMultiplyAdds))
    for (index, time) in times.enumerated() {
      #expect(abs(time.seconds - Double(index + 1) * 100e-9) < 1e-15)
      #expect(
        abs(time.operationsPerSecond * time.seconds - time.floatingPointOperations) < 1e-3)
    }
    // Images, weights and bias in; maps out.
    let forward = try #require(times.first { $0.label == "conv1 forward" })
    #expect(forward.bytes >= Double(4 * (2 * 784 + 30 * 25 + 30 + 2 * 30 * 24 * 24)))
    #expect(forward.kind == "conv")
  }

  /// Two workers, one of which has two shards of different sizes.
  @Test func isTheMeanOverWorkersAndTheMedianOverSteps() throws {
    func worker(_ plans: [Plan]) -> Timeline {
      let nanoseconds: [Int: UInt64] = [1: 7777, 2: 100, 3: 300, 4: 200]
      return Timeline(
        .operators,
        spans: (1...4).flatMap { step in
          plans.flatMap { spans($0, step: step, nanoseconds: nanoseconds[step] ?? 0) }
        })
    }
    let timelines = RankTimelines(
      workers: [worker([three]), worker([two, three])], plans: [2: two, 3: three])
    let times = timelines.operatorTimes(steps: 2...4)
    #expect(times.map(\.label) == three.report.map(\.label))
    guard two.report.map(\.label) == three.report.map(\.label) else { return }
    let forward = try #require(times.firstIndex { $0.label == "dense1 forward" })
    // Three shards in two workers; the median step has 200 ns.
    #expect(abs(times[forward].seconds - Double(forward + 1) * 200e-9 * 1.5) < 1e-14)
    // Eight images in two workers.
    #expect(times[forward].floatingPointOperations == Double(2 * 432_000 * 8 / 2))
  }

  /// 100 rows of 4320 weights, of which one worker has 64 and the other the rest.
  @Test func gradientsFromFactorsAreListedAsTheLayersOwn() throws {
    let entry = try #require(graph.parameterLayout.entries.first { $0.name == "dense1.weight" })
    let weight = try #require(FactoredWeight(entry, of: graph))
    let plan = try Plan(graph, images: 2, mode: .training, use: PlanUse(factored: [weight]))
    func worker(rows: Int, nanoseconds: UInt64) -> Timeline {
      Timeline(
        .operators,
        spans: [
          .init(
            .weightGradient(0, elements: rows * 4320, images: 4), step: 1, begin: 50,
            end: 50 + nanoseconds)
        ])
    }
    let timelines = RankTimelines(
      workers: [worker(rows: 64, nanoseconds: 100), worker(rows: 36, nanoseconds: 60)],
      plans: [2: plan])
    let times = timelines.operatorTimes(steps: 1...1)
    #expect(times.map(\.label) == ["dense1 backward parameters"])
    #expect(times[0].section == "exchange" && times[0].kind == "dense")
    #expect(abs(times[0].seconds - 80e-9) < 1e-15)
    #expect(times[0].floatingPointOperations == Double(2 * 432_000 * 4 / 2))
    #expect(times[0].bytes == Double(4 * (432_000 + 4 * (2 * 4320 + 100)) / 2))
    let split = StepSplit(timelines, steps: 1...1)
    #expect(abs(split.backward - 80e-9) < 1e-15)
  }

  /// Other devices have other plans.
  @Test func isOfTheFirstDevicesAlone() {
    let first = Timeline(.operators, spans: spans(two, step: 1, nanoseconds: 100))
    let second = Timeline(.operators, spans: spans(three, step: 1, nanoseconds: 700))
    let timelines = RankTimelines(
      workers: [first, second, first, second], plans: [[2: two], [3: three]],
      members: [0, 1, 0, 1])
    let alone = RankTimelines(workers: [first], plans: [2: two])
    #expect(timelines.operatorTimes(steps: 1...1) == alone.operatorTimes(steps: 1...1))
    #expect(timelines.firstDevices.workers.count == 2)
    #expect(timelines.plans(ofWorker: 3).keys.sorted() == [3])
  }

  @Test func whatDidNotRunIsLeftOut() {
    let timelines = RankTimelines(workers: [Timeline(.phases)], plans: [2: two])
    #expect(timelines.operatorTimes(steps: 1...9).isEmpty)
  }
}
