import Foundation
import TandemTensor
import TandemTraining
import TestSupport
import Testing

@Suite("Output folders and checkpoints")
struct OutputTests {
  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  @Test("a new checkpoint replaces the former one, whose folder goes away")
  func replacing() throws {
    try withTemporaryFolder { folder in
      let checkpoints = CheckpointFolder(outputFolder: folder)
      for (step, content) in [(3, "three"), (5, "five"), (5, "five again")] {
        try checkpoints.replaceLast(step: step) { partial in
          try AtomicFile.write(Data(content.utf8), to: partial + "/file")
        }
        #expect(try text(folder + "/checkpoint-last/file") == content)
      }
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
          == ["checkpoint-last", "checkpoint-step-5-2"])
      try checkpoints.remove()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
      try checkpoints.remove()
    }
  }

  @Test("if writing fails, the former checkpoint stays and nothing else does")
  func failure() throws {
    struct Full: Error {}
    try withTemporaryFolder { folder in
      let checkpoints = CheckpointFolder(outputFolder: folder)
      try checkpoints.replaceLast(step: 1) { partial in
        try AtomicFile.write(Data("one".utf8), to: partial + "/file")
      }
      #expect(throws: Full.self) {
        try checkpoints.replaceLast(step: 2) { partial in
          try AtomicFile.write(Data("two".utf8), to: partial + "/file")
          throw Full()
        }
      }
      // Errors of files name the place that the user knows.
      #expect(
        throws: FileError.cannotWrite(path: folder + "/checkpoint-last/none/file", code: ENOENT)
      ) {
        try checkpoints.replaceLast(step: 2) { partial in
          try AtomicFile.write(Data("two".utf8), to: partial + "/none/file")
        }
      }
      #expect(try text(folder + "/checkpoint-last/file") == "one")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
          == ["checkpoint-last", "checkpoint-step-1"])
    }
  }

  @Test("what a killed program left unfinished goes away, copies that a user keeps do not")
  func unfinished() throws {
    try withTemporaryFolder { folder in
      let checkpoints = CheckpointFolder(outputFolder: folder)
      try checkpoints.replaceLast(step: 1) { partial in
        try AtomicFile.write(Data("one".utf8), to: partial + "/file")
      }
      for name in [".checkpoint-7-abc.partial", "checkpoint-step-9", "mine"] {
        try FileManager.default.createDirectory(
          atPath: folder + "/" + name, withIntermediateDirectories: false)
      }
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/.checkpoint-7-abc.link", withDestinationPath: "checkpoint-step-1")
      checkpoints.removeUnfinished()
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
          == ["checkpoint-last", "checkpoint-step-1", "checkpoint-step-9", "mine"])
    }
  }

  /// Wherever a program is killed while it replaces a checkpoint: the link leads to the former one
  /// or to the new one, and the next run removes what is left.
  @Test("a run that is killed between two steps of saving leaves nothing for ever")
  func killedBetweenSteps() throws {
    func folders(_ names: [String], _ links: [String: String]) throws -> [String] {
      try withTemporaryFolder { folder in
        for name in names { #expect(FileSystem.makeFolder(folder + "/" + name) == 0) }
        for (name, target) in links {
          #expect(FileSystem.makeLink(folder + "/" + name, to: target) == 0)
        }
        CheckpointFolder(outputFolder: folder).removeUnfinished()
        return try FileSystem.names(inFolder: folder).sorted()
      }
    }
    let next = [".checkpoint-7-a.link": "checkpoint-step-2"]
    let former = [".checkpoint-7-a.former.link": "checkpoint-step-1"]
    let last = ["checkpoint-last": "checkpoint-step-1"]
    let both = next.merging(former) { $1 }
    let partial = ".checkpoint-7-a.partial"
    let before = ["checkpoint-last", "checkpoint-step-1"]
    #expect(try folders(["checkpoint-step-1", partial], last) == before)
    #expect(try folders(["checkpoint-step-1", partial], last.merging(next) { $1 }) == before)
    #expect(try folders(["checkpoint-step-1", partial], last.merging(both) { $1 }) == before)
    #expect(
      try folders(["checkpoint-step-1", "checkpoint-step-2"], last.merging(both) { $1 }) == before)
    let switched = ["checkpoint-last": "checkpoint-step-2"].merging(former) { $1 }
    let after = ["checkpoint-last", "checkpoint-step-2"]
    #expect(try folders(["checkpoint-step-1", "checkpoint-step-2"], switched) == after)
    #expect(try folders(["checkpoint-step-2"], switched) == after)
    // The first checkpoint of a run.
    #expect(try folders([partial], next) == [])
    #expect(try folders(["checkpoint-step-2"], next) == [])
    // Nothing but checkpoints' folders goes, wherever a link leads.
    let strange = ["run", "/", "..", "checkpoint-step-1/../mine"].enumerated().map {
      (".checkpoint-\($0.offset).link", $0.element)
    }
    #expect(
      try folders(
        ["checkpoint-step-1", "mine", "run"],
        last.merging(Dictionary(uniqueKeysWithValues: strange)) { $1 }) == before + ["mine", "run"])
  }

  @Test("a run removes what killed ones have left of its files, and not what others are writing")
  func partialFiles() throws {
    try withTemporaryFolder { folder in
      let output = folder + "/run"
      func run(epochs: Int) throws {
        let trainer = try makeTrainer(quartersPair(train: 16)) {
          $0.outputFolder = output
          $0.epochs = epochs
        }
        if epochs > 1 { try trainer.resume(from: output) }
        _ = try trainer.run()
      }
      func partialName(of file: String) throws -> String {
        var names: [String] = []
        try AtomicFile.write(to: output + "/" + file) { _ in
          names = try FileSystem.names(inFolder: output).filter(PartialFile.isOne)
        }
        #expect(FileSystem.unlink(output + "/" + file) == 0)
        return try #require(names.first)
      }
      #expect(FileSystem.makeFolder(output) == 0)
      let otherHost = "-1234-\(getpid())-"
      let left = [
        ".tandem-17.partial", ".tandem-17-abc.partial",
        try partialName(of: "history.csv"), try partialName(of: "history.json"),
        try partialName(of: "history.csv").replacing(/-[0-9a-f]+-\d+-/, with: otherHost),
      ]
      let kept = try partialName(of: "prediction.npy")
      for name in left + [kept] { try AtomicFile.write(Data(), to: output + "/" + name) }
      let results = ["checkpoint-last", "checkpoint-step-1", "history.csv", "history.json"]
      try run(epochs: 1)
      #expect(try FileSystem.names(inFolder: output).sorted() == [kept] + results)
      for name in left { try AtomicFile.write(Data(), to: output + "/" + name) }
      try run(epochs: 2)
      #expect(try !FileSystem.names(inFolder: output).contains(where: left.contains))
      #expect(FileSystem.exists(output + "/" + kept))
    }
  }

  @Test("a copy that has a folder in the link's place works on")
  func copiedFolder() throws {
    try withTemporaryFolder { folder in
      let last = folder + "/checkpoint-last"
      try FileManager.default.createDirectory(atPath: last, withIntermediateDirectories: false)
      try CheckpointFolder(outputFolder: folder).replaceLast(step: 9) { partial in
        try AtomicFile.write(Data("nine".utf8), to: partial + "/file")
      }
      #expect(try text(last + "/file") == "nine")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
          == ["checkpoint-last", "checkpoint-step-9"])
    }
  }

  @Test("a folder that cannot be written to is found out before training")
  func unwritable() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write(Data("x".utf8), to: folder + "/file")
      let recorder = Recorder()
      for output in [folder + "/file", folder + "/file/below", "/proc/tandem/run"] {
        let trainer = try makeTrainer(quartersPair(train: 16), observers: [recorder]) {
          $0.outputFolder = output
        }
        let error = #expect(throws: FileError.self) { try trainer.run() }
        let place = output.hasPrefix("/proc") ? "/proc/tandem" : folder + "/file"
        #expect(error?.description.hasPrefix("cannot write \(place)") == true)
      }
      #expect(recorder.events.isEmpty)
      #expect(try text(folder + "/file") == "x")
    }
  }

  @Test("another run's results are neither overwritten nor mixed in, unless that is asked for")
  func otherRuns() throws {
    try withTemporaryFolder { folder in
      let output = folder + "/a/b"
      func run(_ change: (inout TrainingOptions) -> Void) throws -> Trainer {
        let trainer = try makeTrainer(quartersPair(train: 16)) {
          $0.outputFolder = output
          change(&$0)
        }
        _ = try trainer.run()
        return trainer
      }
      _ = try run { _ in }
      let history = try text(output + "/history.csv")
      #expect(throws: TrainingError.outputExists(folder: output, found: "checkpoint-last")) {
        try run { $0.seed = 5 }
      }
      #expect(try text(output + "/history.csv") == history)
      let trainer = try run {
        $0.seed = 5
        $0.overwritesOutput = true
      }
      #expect(try text(output + "/history.csv") != history)
      let model = try ModelFile(contentsOf: output)
      for (name, tensor) in trainer.parameters { #expect(model.tensors[name] == tensor) }

      // Resumed into a folder of its own, a run does not disturb the one it came from …
      let elsewhere = try makeTrainer(quartersPair(train: 16)) {
        $0.seed = 5
        $0.epochs = 2
        $0.outputFolder = folder + "/c"
      }
      try elsewhere.resume(from: output)
      _ = try elsewhere.run()
      #expect(try ModelFile(contentsOf: output).tensors == model.tensors)
      // … and is refused where a third run is.
      let third = try makeTrainer(quartersPair(train: 16)) {
        $0.seed = 5
        $0.epochs = 3
        $0.outputFolder = folder + "/c"
      }
      try third.resume(from: output)
      #expect(throws: TrainingError.self) { try third.run() }
    }
  }

  @Test("a diverged run keeps its last good checkpoint")
  func divergence() throws {
    try withTemporaryFolder { folder in
      // The first step leaves weights near the largest number, the second overflows.
      let trainer = try makeTrainer(linearNetwork, quartersPair(train: 64)) {
        $0.outputFolder = folder + "/run"
        $0.checkpointEverySteps = 1
        $0.optimizer = AnyOptimizer(SGD())
        $0.learningRate = 3e38
      }
      #expect(throws: TrainingError.nonFiniteLoss(step: 2, epoch: 1, layer: "layer fc")) {
        try trainer.run()
      }
      let model = try ModelFile(contentsOf: folder + "/run")
      #expect(model.tensors.values.allSatisfy { $0.elements.allSatisfy(\.isFinite) })
      let metadata = try SafeTensorsFile.read(model.path).metadata
      #expect(metadata["step"] == "1")
    }
  }
}
