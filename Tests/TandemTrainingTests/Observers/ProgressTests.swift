import Foundation
import TandemTraining
import TestSupport
import Testing

@Suite("Progress")
struct ProgressTests {
  private func step(
    epoch: Int = 2, stepInEpoch: Int = 300, images: Int = 30_000, seconds: Double = 1.5
  ) throws -> StepRecord {
    try JSONDecoder().decode(
      StepRecord.self,
      from: Data(
        """
        {"epoch": \(epoch), "epochs": 5, "stepInEpoch": \(stepInEpoch), "stepsPerEpoch": 600,
         "step": 900, "images": 100, "learningRate": 0.001, "loss": 0.43125, "top1": 0.84104,
         "imagesInEpoch": \(images), "trainImages": 60000, "secondsInEpoch": \(seconds),
         "exchange": {"bytesSent": 0, "secondsExchanging": 0, "secondsExposed": 0}}
        """.utf8))
  }

  @Test("numbers")
  func numbers() {
    #expect(ProgressText.rate(21_345.6) == "21,346 images/s")
    #expect(ProgressText.rate(3.34) == "3.3 images/s")
    #expect(ProgressText.rate(.nan) == "– images/s")
    #expect(ProgressText.duration(75) == "1:15")
    #expect(ProgressText.duration(3675.4) == "1:01:15")
    #expect(ProgressText.duration(.infinity) == "–")
  }

  @Test("speed and time left, from the images of all epochs")
  func rate() throws {
    var rate = ProgressRate()
    #expect(rate.imagesPerSecond.isNaN)
    let middle = try step()
    rate.add(middle)
    #expect(rate.imagesPerSecond == 20_000)
    // 30,000 images of this epoch and 60,000 of each of three more.
    #expect(rate.secondsLeft(middle) == 10.5)
    // A new epoch starts from its own images.
    rate.add(try step(epoch: 3, stepInEpoch: 100, images: 10_000, seconds: 2))
    #expect(rate.imagesPerSecond == 5_000)
  }

  @Test("the line of a terminal fits its width")
  func line() throws {
    var rate = ProgressRate()
    let step = try step()
    rate.add(step)
    let line = ProgressBar.line(step, rate: rate, columns: 120)
    #expect(
      line == "epoch 2/5 [===============>              ]  300/600  20,000 images/s  loss 0.4313  "
        + "top-1 84.10 %  0:11 left")
    #expect(
      ProgressBar.line(step, rate: rate, columns: 60)
        == "epoch 2/5  300/600  loss 0.4313  top-1 84.10 %  0:11 left")
    #expect(ProgressBar.line(step, rate: rate, columns: 40) == "epoch 2/5  300/600  loss 0.4313")
    #expect(ProgressBar.line(step, rate: rate, columns: 20) == "epoch 2/5  300/600")
    #expect(ProgressBar.line(step, rate: rate, columns: 10) == "2/5 50%")
    for columns in [1, 5, 10, 60, 75, 80, 90, 100, 119] {
      #expect(ProgressBar.line(step, rate: rate, columns: columns).count < columns)
    }
    let done = try self.step(stepInEpoch: 600, images: 60_000, seconds: 3)
    #expect(
      ProgressBar.line(done, rate: rate, columns: 120).contains(
        "[" + String(repeating: "=", count: 30) + "]"))
    #expect(
      PlainProgress.line(step, rate: rate)
        == "epoch 2/5  step 300/600  20,000 images/s  loss 0.4313  top-1 84.10 %  0:11 left")
  }

  @Test("plain progress writes a line per epoch and what was asked at the end")
  func plain() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/log"
      #expect(FileManager.default.createFile(atPath: path, contents: nil))
      let output = try #require(FileHandle(forWritingAtPath: path))
      let trainer = try makeTrainer(
        quartersPair(train: 64), observers: [PlainProgress(output: output)]
      ) {
        $0.epochs = 4
        $0.stepLimit = 6
        $0.outputFolder = folder + "/run"
        $0.evaluatesEachEpoch = true
      }
      _ = try trainer.run()
      let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 6)
      #expect(lines[0] == "training small (1,074 parameters) on quarters: 64 images, 4 classes")
      #expect(
        lines[1]
          == "1 worker, 1 shard, batch size 16, 4 steps per epoch, optimizer sgd")
      #expect(lines[2].hasPrefix("epoch 1/4  loss "))
      #expect(lines[2].contains("  test top-1 "))
      #expect(lines[3].hasPrefix("epoch 2/4  loss "))
      #expect(lines[4] == "stopped at the step limit after 6 steps")
      #expect(
        lines[5]
          == "to continue, run the same command with `resume(from:)` \(folder)/run and a larger `stepLimit`"
      )
    }
  }
}
