import Foundation
import TandemData
import TandemExport
import TandemImage
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// What a training's event file has.
@Suite struct TensorBoardWriterTests {
  private static let network = Network("small", input: [1, 24, 24]) {
    Conv2D(6, kernel: 5)
    ReLU()
    MaxPool2D(2)
    Residual {
      Conv2D(6, kernel: 3, padding: 1)
      BatchNorm2D()
    }
    Dense(3)
  }

  private final class Records: TrainingObserver, @unchecked Sendable {
    var steps: [StepRecord] = []
    var epochs: [EpochRecord] = []

    func receive(_ event: TrainingEvent) {
      if case .stepFinished(let record) = event { steps.append(record) }
      if case .epochFinished(let record) = event { epochs.append(record) }
    }
  }

  /// A training of 5 steps in each epoch.
  private func train(
    _ folder: String, epochs: Int = 2, workers: Int = 1, resuming: Bool = false,
    follows: Bool = true
  ) throws -> Records {
    let data = try DatasetSource.load("shapes")
    let pair = DatasetPair(train: data.train.prefix(100), test: data.test.prefix(20))
    var options = TrainingOptions()
    options.epochs = epochs
    options.batchSize = 20
    options.workers = workers
    options.shards = 2
    options.keepsGradients = true
    options.outputFolder = folder + "/run"
    let board = TensorBoardWriter(folder: folder + "/boards/a")
    let records = Records()
    let trainer = try Trainer(
      network: Self.network, data: pair, normalization: .unitScale(channels: 1),
      options: options, observers: [board, records])
    if follows { board.follow(trainer, pair) }
    if resuming { try trainer.resume(from: folder + "/run") }
    _ = try trainer.run()
    return records
  }

  @Test func eventsAreThoseOfTheTraining() throws {
    try withTemporaryFolder { folder in
      let records = try train(folder)
      let files = try EventReader.events(inFolder: folder + "/boards/a")
      #expect(files.count == 1)
      let events = files[0]
      #expect(events[0].fileVersion == "brain.Event:2")
      #expect(events[1].sessionLog.status == .start && events[1].step == 0)
      #expect(events.allSatisfy { abs($0.wallTime - Date().timeIntervalSince1970) < 600 })

      let rates = events.values("step/learning rate")
      #expect(rates.map(\.step) == Array(1...10))
      #expect(rates.map { $0.value.simpleValue } == records.steps.map(\.learningRate))
      let losses = events.values("step/loss").map { Double($0.value.simpleValue) }
      // Of the step alone; records tell those of the epoch so far.
      #expect(abs(losses[0] - records.steps[0].loss) < 1e-6)
      #expect(abs(losses[..<5].reduce(0, +) / 5 - records.epochs[0].trainLoss) < 1e-6)
      let measured = events.values("loss/test")
      #expect(measured.map(\.step) == [5, 10])
      #expect(
        measured.map { $0.value.simpleValue } == records.epochs.map { Float($0.testLoss ?? -1) })
      #expect(
        events.tags.isSuperset(of: ["accuracy/train", "accuracy/test", "top-5 accuracy/test"]))

      let histograms = events.values("weights/conv1.weight")
      #expect(histograms.map(\.step) == [0, 5, 10])
      #expect(histograms.allSatisfy { $0.value.histo.num == 150 })
      #expect(histograms[0].value.histo.sum != histograms[1].value.histo.sum)
      for (_, value) in histograms {
        #expect(value.histo.bucket.reduce(0, +) == 150)
      }
      #expect(events.values("weights/residual1.bn1.running_mean").count == 3)
    }
  }

  /// Of each epoch's last step, the same for all layouts.
  @Test func gradients() throws {
    let found = try [1, 2].map { workers in
      try withTemporaryFolder { folder in
        _ = try train(folder, workers: workers)
        let events = try EventReader.events(inFolder: folder + "/boards/a")[0]
        #expect(events.values("gradients/residual1.bn1.running_mean").isEmpty)
        let weights = events.tags.filter { $0.hasPrefix("weights/") && !$0.contains("running_") }
        let tags = events.tags.filter { $0.hasPrefix("gradients/") }
        #expect(Set(tags.map { $0.replacing("gradients/", with: "weights/") }) == weights)
        for tag in tags { #expect(events.values(tag).map(\.step) == [5, 10], "\(tag)") }
        return tags.sorted().map { tag in events.values(tag).map(\.value.histo) }
      }
    }
    #expect(found[0] == found[1] && found[0].count == 8)
    #expect(found[0].allSatisfy { $0[0] != $0[1] && $0[0].max > $0[0].min })
  }

  @Test func picturesAndGraph() throws {
    try withTemporaryFolder { folder in
      _ = try train(folder, epochs: 1)
      let events = try EventReader.events(inFolder: folder + "/boards/a")[0]
      for (tag, steps) in [("images/first mini-batch", [0]), ("kernels/conv1.weight", [0, 5])] {
        let found = events.values(tag)
        #expect(found.map(\.step) == steps)
        let image = found[0].value.image
        let picture = try PictureDecoder.decode([UInt8](image.encodedImageString))
        #expect(picture.width == Int(image.width) && picture.height == Int(image.height))
        #expect(image.colorspace == 3 && Set(picture.samples).count > 2)
      }
      let graphs = events.filter { !$0.graphDef.isEmpty }
      #expect(graphs.count == 1)
      let graph = try BoardGraphDef(serializedBytes: graphs[0].graphDef)
      let names = graph.node.map(\.name)
      #expect(names.first == "images" && names.contains("residual1/conv1"))
      #expect(names.contains("residual1/sum") && Set(names).count == names.count)
      for node in graph.node { #expect(node.input.allSatisfy(names.contains), "\(node.name)") }
      let convolution = try #require(graph.node.first { $0.name == "conv1" })
      #expect(convolution.op == "conv" && convolution.input == ["images"])
      let shape = convolution.attr["_output_shapes"]?.list.shape.first?.dim.map(\.size)
      #expect(shape == [-1, 6, 20, 20])
    }
  }

  @Test func hyperParameters() throws {
    try withTemporaryFolder { folder in
      _ = try train(folder, epochs: 1)
      let events = try EventReader.events(inFolder: folder + "/boards/a")[0]
      let start = try #require(events.values("_hparams_/session_start_info").first)
      #expect(start.value.metadata.pluginData.pluginName == "hparams")
      let data = try BoardHParamsPluginData(
        serializedBytes: start.value.metadata.pluginData.content)
      let values = data.sessionStartInfo.hparams
      #expect(values["batchSize"]?.numberValue == 20)
      #expect(values["network"]?.stringValue == "small")
      #expect(values["learningRate"]?.numberValue == Double("\(TrainingOptions().learningRate)"))
      #expect(values["shuffle"]?.stringValue == "on")
      let end = try #require(events.values("_hparams_/session_end_info").first)
      let last = try BoardHParamsPluginData(
        serializedBytes: end.value.metadata.pluginData.content)
      #expect(last.sessionEndInfo.status == .success)
    }
  }

  /// The second file lets TensorBoard forget what it makes again.
  @Test func continuedRunsGoOn() throws {
    try withTemporaryFolder { folder in
      _ = try train(folder, epochs: 1)
      _ = try train(folder, epochs: 2, resuming: true)
      let files = try EventReader.events(inFolder: folder + "/boards/a")
      #expect(files.count == 2)
      let starts = files.map { $0.filter { $0.sessionLog.status == .start }.map(\.step) }
      #expect(starts.sorted { $0[0] < $1[0] } == [[0], [6]])
      let steps = files.map { $0.values("step/loss").map(\.step) }.sorted { $0[0] < $1[0] }
      #expect(steps == [Array(1...5), Array(6...10)])
    }
  }

  /// Scalars do not need the trainer.
  @Test func withoutFollowing() throws {
    try withTemporaryFolder { folder in
      _ = try train(folder, epochs: 1, follows: false)
      let events = try EventReader.events(inFolder: folder + "/boards/a")[0]
      #expect(events.values("step/loss").count == 5)
      #expect(events.values("weights/conv1.weight").isEmpty)
    }
  }

  @Test func aFolderThatCannotBeIsRefused() throws {
    try withTemporaryFolder { folder in
      try Data("text".utf8).write(to: URL(filePath: folder + "/boards"))
      let error = try #require(message { _ = try train(folder) })
      #expect(error.contains("cannot write") && error.contains("boards"))
    }
  }
}
