import Foundation
import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// Checkpoints that were damaged, or that somebody has edited.
@Suite("Damaged and edited checkpoints")
struct CheckpointDamageTests {
  private let data = quartersPair(train: 40)
  private let network = Network("tiny", input: [1, 8, 8]) {
    Conv2D(2, kernel: 3)
    BatchNorm2D()
    Dense(4)
  }
  private let model = "/checkpoint-last/model.safetensors"
  private let state = "/checkpoint-last/training-state.safetensors"

  private func trainer(
    _ output: String, epochs: Int = 3, stepLimit: Int? = nil
  ) throws -> Trainer {
    let schedule = try Schedule(StaircaseSchedule(everyEpochs: 2), warmUpSteps: 3)
    return try makeTrainer(network, data) {
      $0.outputFolder = output
      $0.epochs = epochs
      $0.stepLimit = stepLimit
      $0.batchSize = 8
      $0.optimizer = AnyOptimizer(Adam(weightDecay: 1e-3))
      $0.schedule = schedule
      $0.clipNorm = 1
      $0.labelSmoothing = 0.1
      $0.evaluatesEachEpoch = true
    }
  }

  /// A run of epochs of five steps that was stopped after the third step of its second epoch.
  private func withCheckpoint(_ body: (_ output: String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let output = folder + "/run"
      _ = try trainer(output, stepLimit: 8).run()
      try body(output)
    }
  }

  /// "accepted", or the text of the error with which resuming is refused.
  private func resume(_ output: String) -> String {
    message { try trainer(output).resume(from: output) } ?? "accepted"
  }

  @Test("no bit of either file flips unnoticed", arguments: ["model", "state"])
  func bits(of file: String) throws {
    try withCheckpoint { output in
      let path = output + (file == "model" ? model : state)
      let original = try bytes(of: path)
      var random = CounterRandom(seed: 8, purpose: .test).sequence(0)
      // The header, which is text, has more ways to be misunderstood.
      let header = (0..<64).map { _ in Int.random(in: 0..<64, using: &random) }
      let places =
        header + (0..<700).map { _ in Int.random(in: 0..<original.count * 8, using: &random) }
      for bit in places {
        var copy = original
        copy[bit / 8] ^= 1 << (bit % 8)
        try write(copy, to: path)
        let text = resume(output)
        #expect(text != "accepted", "bit \(bit)")
        #expect(text.contains(output) && !text.contains("\n"), "bit \(bit): \(text)")
        if file == "model" {
          #expect(message { _ = try ModelFile(contentsOf: output) } != nil, "bit \(bit)")
        }
      }
      try write(original, to: path)
      #expect(resume(output) == "accepted")
    }
  }

  @Test("two files of different checkpoints are not taken for one")
  func mixed() throws {
    try withCheckpoint { output in
      let former = try bytes(of: output + model)
      let next = try trainer(output, stepLimit: 9)
      try next.resume(from: output)
      _ = try next.run()
      try write(former, to: output + model)
      #expect(resume(output).contains("do not belong together"))
    }
  }

  @Test("files without the digest that belongs to their format are refused, older formats taken")
  func formats() throws {
    try withCheckpoint { output in
      // As another program saves it: with the metadata but for the digest.
      try withoutDigest(output + model)
      #expect(resume(output).contains("cannot be used: its digest is missing"))
      #expect(
        message { _ = try ModelFile(contentsOf: output) }
          == "the weights in \(output)\(model) cannot be used: its digest is missing; copy the file "
          + "again, or use another one")
      var file = try SafeTensorsFile.read(output + model)
      file.metadata["tandemFormat"] = "model-1"
      try file.write(to: output + model)
      try withoutDigest(output + model)
      _ = try ModelFile(contentsOf: output)

      #expect(resume(output).contains("do not belong together"))
      try makeOlder(output)
      #expect(resume(output) == "accepted")
      let trainer = try trainer(output)
      let before = trainer.warnings.count
      try trainer.resume(from: output)
      #expect(
        trainer.warnings.dropFirst(before).first?.hasSuffix(
          "that quarters still has the same ones is not checked") == true)
      _ = try trainer.run()

      file.metadata["tandemFormat"] = "model-99"
      try file.write(to: output + model)
      #expect(
        message { _ = try ModelFile(contentsOf: output) }?.contains(
          "its format is model-99, not model-2") == true)
    }
  }

  @Test("weights and an optimizer's state that are not finite are not resumed")
  func nonFinite() throws {
    try withCheckpoint { output in
      let weights = try SafeTensorsFile.read(output + model)
      let whole = try SafeTensorsFile.read(output + state)
      func resume(weight: Float, moment: Float) throws -> String {
        var (model, state) = (weights, whole)
        model.tensors["dense1.weight"]?.elements[7] = weight
        let names = state.tensors.keys.filter { $0.hasPrefix("dense1.weight.") }.sorted()
        state.tensors[try #require(names.last)]?.elements[5] = moment
        try model.write(to: output + self.model)
        state.metadata["modelDigest"] = try SafeTensorsFile.read(output + self.model).digest
        try state.write(to: output + self.state)
        return message {
          let trainer = try trainer(output, epochs: 2)
          try trainer.resume(from: output)
          _ = try trainer.run()
        } ?? "accepted"
      }
      #expect(try resume(weight: .nan, moment: 0).contains("dense1.weight[7] is NaN"))
      #expect(try resume(weight: -.infinity, moment: 0).contains("dense1.weight[7] is infinite"))
      let text = try resume(weight: 0, moment: .nan)
      #expect(text.contains("[5] is NaN") && text.contains(output + state), "\(text)")
      // What has grown beyond all numbers stops an element of Adam; it has been so in the run.
      #expect(try resume(weight: 0, moment: .infinity) == "accepted")
    }
  }

  /// Rewrites a file as it would be without the digest.
  private func withoutDigest(_ path: String) throws {
    let contents = try bytes(of: path)
    let start = 8 + contents[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let digest = try SafeTensorsFile.read(path).digest ?? ""
    let header = String(decoding: contents[8..<start], as: UTF8.self)
      .replacing("\"tandemDigest\":\"\(digest)\",", with: "")
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init)
    try write(length + Array(header.utf8) + Array(contents[start...]), to: path)
  }

  /// Makes the training state one of the format before digests.
  private func makeOlder(_ output: String) throws {
    var file = try SafeTensorsFile.read(output + state)
    file.metadata["tandemFormat"] = "training-state-3"
    file.metadata["modelDigest"] = nil
    var run = try #require(try object(file.metadata["run"]) as? [String: Any])
    run["contents"] = nil
    file.metadata["run"] = try text(run)
    try file.write(to: output + state)
    try withoutDigest(output + state)
  }

  /// What people and scripts edit, with a digest that fits.
  @Test(arguments: [
    ("progress", "step", "-1", "its place (complete epoch 1, step 3 of it, step -1 in all)"),
    ("progress", "step", "9223372036854775807", "its place"),
    ("progress", "step", "9", "does not fit epochs of 5 steps"),
    ("progress", "epoch", "-1", "its place"),
    ("progress", "epoch", "9223372036854775807", "its place"),
    ("progress", "epoch", "2", "its place"),
    ("progress", "stepInEpoch", "1000000", "its place"),
    ("progress", "stepInEpoch", "-3", "its place"),
    ("progress", "records", "[]", "it has 0 records of 1 complete epoch"),
    ("progress", "step", "NaN", "its metadata \"progress\" cannot be read"),
    ("progress", "step", "9223372036854775808", "its metadata \"progress\" cannot be read"),
    ("progress", "seconds", "1e400", "its metadata \"progress\" cannot be read"),
    ("progress", "seconds", "0", "its seconds and bytes make no sense"),
    ("progress", "seconds", "-1", "its seconds and bytes make no sense"),
    ("progress", "seconds", "1e308", "its seconds and bytes make no sense"),
    (
      "progress", "sum", #"{"loss":1,"top1":0,"top5":0,"images":-24}"#,
      "it has sums of -24 images, where 24 were trained on"
    ),
    (
      "progress", "sum", #"{"loss":1,"top1":25,"top5":0,"images":24}"#,
      "the sums of its images' losses and hits make no sense"
    ),
    (
      "progress", "sum", #"{"loss":1e300,"top1":0,"top5":0,"images":24}"#,
      "the sums of its images' losses and hits make no sense"
    ),
    (
      "progress", "exchange",
      #"{"bytesSent":9223372036854775807,"secondsExchanging":0,"secondsExposed":0}"#,
      "its seconds and bytes make no sense"
    ),
    ("progress", "seconds", "1e-300", "its seconds and bytes make no sense"),
    ("run", "batchSize", "0", "its number of images per mini-batch is 0"),
    ("run", "batchSize", "-8", "its number of images per mini-batch is -8"),
    ("run", "trainImages", "9223372036854775807", "its number of training images is 9223"),
    ("run", "accumulatedBatches", "0", "its number of mini-batches per update is 0"),
    ("run", "shards", "-1", "its number of shards is -1"),
    ("run", "clipNorm", "-1", "its gradients are clipped to -1.0"),
    ("run", "labelSmoothing", "2", "its label smoothing is 2.0"),
    ("learningRate", "epochs", "9223372036854775807", "its number of epochs is 9223"),
    ("learningRate", "learningRate", "-1", "its learning rate is -1.0"),
    (
      "learningRate", "schedule",
      #"{"name":"step","shape":{"everyEpochs":0,"gamma":0.1},"warmUpSteps":0,"warmUpStart":0.01}"#,
      "its metadata \"learningRate\" cannot be read"
    ),
  ])
  func edited(part: String, key: String, value: String, problem: String) throws {
    try withCheckpoint { output in
      var file = try SafeTensorsFile.read(output + state)
      var fields = try #require(try object(file.metadata[part]) as? [String: Any])
      fields[key] = "HERE"
      file.metadata[part] = try text(fields).replacing("\"HERE\"", with: value)
      try file.write(to: output + state)
      let error = resume(output)
      #expect(error.contains("the checkpoint \(output)\(state) cannot be used: "), "\(error)")
      #expect(error.contains(problem), "\(error)")
      #expect(!error.contains("\n"))
    }
  }

  /// Every number and every list in the checkpoint, in turn: refused in one line, or so harmless
  /// that the run goes on to its end.
  @Test("no edited number ends the program or spoils a file")
  func everyNumber() throws {
    try withCheckpoint { output in
      let whole = try SafeTensorsFile.read(output + state)
      let weights = try SafeTensorsFile.read(output + model)
      let values: [Any] = [-1, 0, 1_000_000, Int.max, 1e308, -1e-308, "text", [Int]()]
      let copy = output + "-copy"
      var refused = 0
      var accepted = 0
      /// The weights alone, as `evaluate` takes them.
      func checkWeights(_ place: String) {
        let error = message {
          let file = try ModelFile(contentsOf: copy)
          let predictor = try Predictor(
            network: file.network ?? network, weights: file, workers: 1)
          let result = try predictor.evaluate(
            data.test, normalization: file.normalization ?? .unitScale(channels: 1),
            loss: file.loss)
          #expect(result.images == data.test.count)
        }
        #expect(error?.contains("\n") != true, "\(place): \(error ?? "")")
      }
      func check(_ place: String, _ change: () throws -> Void) throws {
        try FileSystem.remove(copy)
        try FileManager.default.copyItem(atPath: output, toPath: copy)
        try change()
        checkWeights(place)
        var trainer: Trainer?
        let error = message {
          let next = try self.trainer(copy)
          try next.resume(from: copy)
          trainer = next
        }
        if let error {
          refused += 1
          #expect(!error.contains("\n") && error.contains(copy), "\(place): \(error)")
          #expect(!error.contains("CodingKeys"), "\(place): \(error)")
        } else {
          accepted += 1
          let error = message { _ = try trainer?.run() }
          #expect(error == nil, "\(place): \(error ?? "")")
        }
      }
      for part in ["run", "progress", "learningRate"] {
        let root = try object(whole.metadata[part])
        for path in leaves(of: root) {
          for value in values {
            try check("\(part) \(path) \(value)") {
              var file = whole
              file.metadata[part] = try text(replacing(root, path[...], with: value))
              try file.write(to: copy + state)
            }
          }
        }
      }
      for part in ["network", "normalization", "classNames", "loss", "step"] {
        let root: Any = try object(weights.metadata[part])
        for path in leaves(of: root) {
          for value in values {
            try check("\(part) \(path) \(value)") {
              var file = weights
              file.metadata[part] = try text(replacing(root, path[...], with: value))
              try file.write(to: copy + model)
              var state = whole
              state.metadata["modelDigest"] = try SafeTensorsFile.read(copy + model).digest
              try state.write(to: copy + self.state)
            }
          }
        }
      }
      #expect(refused > 300 && accepted > 20, "\(refused) refused, \(accepted) accepted")
    }
  }

  // MARK: - JSON

  private func object(_ text: String?) throws -> Any {
    try JSONSerialization.jsonObject(
      with: Data(try #require(text).utf8), options: .fragmentsAllowed)
  }

  private func text(_ object: Any) throws -> String {
    String(
      decoding: try JSONSerialization.data(
        withJSONObject: object, options: [.fragmentsAllowed, .sortedKeys]), as: UTF8.self)
  }

  private enum Step: Hashable {
    case key(String)
    case index(Int)
  }

  /// The places of all numbers, texts and lists.
  private func leaves(of value: Any) -> [[Step]] {
    switch value {
    case let fields as [String: Any]:
      fields.sorted { $0.key < $1.key }.flatMap { key, value in
        leaves(of: value).map { [.key(key)] + $0 }
      }
    case let items as [Any]:
      [[]]
        + items.enumerated().flatMap { index, value in
          leaves(of: value).map { [.index(index)] + $0 }
        }
    default: [[]]
    }
  }

  private func replacing(_ value: Any, _ path: ArraySlice<Step>, with new: Any) -> Any {
    switch path.first {
    case nil:
      return new
    case .key(let key):
      var fields = value as? [String: Any] ?? [:]
      fields[key] = replacing(fields[key] ?? 0, path.dropFirst(), with: new)
      return fields
    case .index(let index):
      var items = value as? [Any] ?? []
      items[index] = replacing(items[index], path.dropFirst(), with: new)
      return items
    }
  }
}
