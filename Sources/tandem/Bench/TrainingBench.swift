import Tandem
import TandemNetwork

/// Whole training steps: preparing the batch, forward, loss, backward, sum of gradients, update.
struct TrainingBench: BenchRun {
  private let setting: BenchSetting
  private let trainer: Trainer
  private let clock = StepClock()

  /// - Parameter options: those that `setting` does not decide.
  init(_ setting: BenchSetting, options: TrainingOptions, job: Job) throws {
    self.setting = setting
    var options = options
    options.epochs = 1
    options.batchSize = setting.batchSize
    // Synthetic labels cannot be learned; a small rate keeps everything finite however many steps.
    options.learningRate = 1e-5
    options.seed = setting.seed
    options.precision = setting.precision
    options.emulatesComputing = setting.computing == .emulated
    options.evaluatesEachEpoch = false
    options.timelineDetail = setting.detail
    let data = try setting.data
    trainer = try Trainer(
      network: setting.network, data: DatasetPair(train: data, test: data.prefix(1)),
      normalization: setting.normalization, options: options, observers: [clock], job: job)
  }

  var workers: JobWorkers { trainer.workers }
  var shards: Int { trainer.shards }
  var mesh: Mesh? { trainer.mesh }
  var warnings: [String] { trainer.warnings }

  func run() throws -> BenchSteps {
    _ = try trainer.run()
    guard let timelines = trainer.timelines else {
      preconditionFailure("the trainer was asked for timelines")
    }
    return BenchSteps(
      seconds: clock.stepSeconds.suffix(setting.steps),
      exchanges: clock.exchanges.suffix(setting.steps), timelines: timelines)
  }
}
