import Tandem
import TandemInsight
import TandemNetwork

/// Times layers as `bench --layers` does.
struct LayerMeasurement {
  let network: Network
  /// Steps to time, for each number of images.
  let steps: Int

  /// - Throws: what the trainer throws.
  func times(
    _ graph: NetworkGraph, images: Int, _ options: TrainingOptions
  ) throws -> LayerTimes {
    let setting = BenchSetting(
      network: network, batchSize: images, steps: steps, warmUpSteps: 1, seed: 0,
      precision: options.precision, detail: .operators)
    let result = try TrainingBench(setting, options: options, job: .solo).run()
    return LayerTimes(
      images: images, operators: result.timelines.operatorTimes(steps: setting.timedSteps),
      update: StepSplit(result.timelines, steps: setting.timedSteps).update, graph: graph)
  }
}
