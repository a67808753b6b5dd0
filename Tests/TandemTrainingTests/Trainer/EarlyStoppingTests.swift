import Foundation
import TandemData
import TandemTraining
import TestSupport
import Testing

/// What is chosen by the evaluations after epochs: the best one, and an end before all of them.
@Suite("The best epoch and an early end")
struct EarlyStoppingTests {
  /// Epochs with these validation losses.
  private func records(_ losses: [Double]) throws -> [EpochRecord] {
    try losses.enumerated().map { index, loss in
      try JSONDecoder().decode(
        EpochRecord.self,
        from: Data(
          """
          {"epoch": \(index + 1), "step": \(10 * (index + 1)), "learningRate": 0.1, "trainLoss": 1,
           "trainTop1": 0.5, "validationLoss": \(loss), "validationTop1": \(1 - loss / 2),
           "imagesPerSecond": 1, "seconds": 1, "secondsWaitingForData": 0,
           "exchange": {"bytesSent": 0, "secondsExchanging": 0, "secondsExposed": 0}}
          """.utf8))
    }
  }

  /// The epoch after which a training with these losses ends; nil for none.
  private func end(_ losses: [Double], _ rule: EarlyStopping) throws -> Int? {
    let records = try records(losses)
    return (1...records.count).first { rule.ends(after: Array(records.prefix($0))) }
  }

  @Test("ends as Keras does: after so many epochs that are no better")
  func patience() throws {
    let losses = [1, 0.9, 0.95, 0.9, 0.93, 0.8]
    #expect(try end(losses, EarlyStopping(patience: 1)) == 3)
    #expect(try end(losses, EarlyStopping(patience: 2)) == 4)
    #expect(try end(losses, EarlyStopping(patience: 3)) == 5)
    #expect(try end(losses, EarlyStopping(patience: 4)) == nil)
    // 0.9 is not by more than 0.1 better than 1, nor is 0.93; 0.8 is.
    #expect(try end(losses, EarlyStopping(patience: 4, minimumDelta: 0.125)) == 5)
    #expect(try end(losses, EarlyStopping(patience: 5, minimumDelta: 0.125)) == nil)
    #expect(
      try end(losses, EarlyStopping(metric: EpochMetric(.accuracy), patience: 3)) == 5)
    #expect(try end(losses, EarlyStopping(metric: EpochMetric(.error), patience: 3)) == 5)
  }

  @Test("of equally good epochs the first one is the best")
  func best() throws {
    func best(_ losses: [Double], _ metric: EpochMetric) throws -> BestEpoch? {
      try records(losses).reduce(nil) { BestEpoch.after($1, metric: metric, former: $0) }
    }
    let loss = try #require(try best([1, 0.5, 0.75, 0.5], EpochMetric(.loss)))
    #expect(loss.epoch == 2 && loss.step == 20 && loss.value == 0.5)
    #expect(try best([1, 0.5, 0.25], EpochMetric(.accuracy))?.value == 0.875)
    // The best one of another metric does not count.
    #expect(
      BestEpoch.after(try records([1, 2])[1], metric: EpochMetric(.error), former: loss)?.epoch == 2
    )
  }

  @Test("metrics have names")
  func names() {
    #expect(EpochMetric.allCases.count == 12)
    for metric in EpochMetric.allCases { #expect(EpochMetric("\(metric)") == metric) }
    #expect("\(EpochMetric(.accuracy, of: .test, isOfAverage: true))" == "ema-test-accuracy")
    #expect(EpochMetric("loss") == nil)
  }

  @Test("a training ends early, with the weights of its best epoch")
  func training() throws {
    let data = try quartersPair(train: 80).splittingValidation(share: 0.25)
    try withTemporaryFolder { folder in
      let trainer = try makeTrainer(data) {
        $0.epochs = 60
        $0.learningRate = 0.3
        $0.evaluatesEachEpoch = true
        $0.outputFolder = folder + "/run"
        $0.keepBest = EpochMetric(.loss)
        $0.earlyStopping = EarlyStopping(patience: 2)
        $0.keptCheckpoints = 60
      }
      let result = try trainer.run()
      #expect(result.ending == .earlyStopping && result.epochs.count < 60)
      let losses = result.epochs.compactMap(\.testLoss)
      let best = try #require(result.best)
      #expect(result.epochs.allSatisfy { $0.measuredPart == .validation })
      #expect(best.value == losses.min() && best.epoch == result.epochs.count - 2)
      func model(_ path: String) throws -> Data {
        try Data(contentsOf: URL(filePath: "\(folder)/run/\(path)/model.safetensors"))
      }
      #expect(try model("best") == model("checkpoint-last-3"))
      #expect(try model("best") != model("checkpoint-last"))
      // One link for each epoch.
      let links = try FileManager.default.contentsOfDirectory(atPath: folder + "/run").filter {
        $0.hasPrefix("checkpoint-last")
      }
      #expect(links.count == result.epochs.count)
      // It is over.
      let next = try makeTrainer(data) {
        $0.epochs = 60
        $0.learningRate = 0.3
        $0.evaluatesEachEpoch = true
        $0.outputFolder = folder + "/run"
        $0.earlyStopping = EarlyStopping(patience: 2)
      }
      #expect(
        message { try next.resume(from: folder + "/run") }?.contains(
          "the last 2 epochs without a better val-loss; raise `earlyStopping`") == true)
    }
  }

  @Test("what is not measured cannot be chosen by")
  func refusals() throws {
    func refusal(
      _ data: DatasetPair, _ change: (inout TrainingOptions) -> Void
    ) throws -> String {
      try #require(
        message {
          _ = try makeTrainer(data) {
            $0.evaluatesEachEpoch = true
            $0.outputFolder = "/nowhere/run"
            change(&$0)
          }
        })
    }
    let plain = quartersPair(train: 40)
    let split = try plain.splittingValidation(share: 0.25)
    #expect(
      try refusal(plain) { $0.earlyStopping = EarlyStopping(patience: 2) }.contains(
        "there are no validation images: split some off with `validationShare` 0.1"))
    #expect(
      try refusal(split) { $0.keepBest = EpochMetric(.loss, of: .test) }.contains(
        "`keepBest` test-loss makes no sense; training is measured with validation images: use "
          + "val-loss"))
    #expect(
      try refusal(split) { $0.keepBest = EpochMetric(.loss, isOfAverage: true) }.contains(
        "there are no averaged weights: use `emaDecay`"))
    #expect(
      try refusal(split) {
        $0.keepBest = EpochMetric(.loss)
        $0.outputFolder = nil
      }.contains("give an `outputFolder`"))
    #expect(
      try refusal(split) {
        $0.keepBest = EpochMetric(.loss)
        $0.evaluatesEachEpoch = false
      }.contains("`evaluatesEachEpoch`"))
    #expect(
      try refusal(split) {
        $0.epochs = 4
        $0.averageLast = 2
        $0.earlyStopping = EarlyStopping(patience: 2)
      }.contains("`emaDecay` goes with it"))
    for decay in [0, 1, -0.5, .nan] {
      #expect(try refusal(split) { $0.emaDecay = decay }.contains("above 0 and below 1"))
    }
    // The user may choose by test images, and is told what that means.
    let trainer = try makeTrainer(plain) {
      $0.evaluatesEachEpoch = true
      $0.outputFolder = "/nowhere/run"
      $0.keepBest = EpochMetric(.loss, of: .test)
    }
    #expect(trainer.warnings.contains { $0.contains("no measure of new images any more") })
  }
}
