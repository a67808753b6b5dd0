import Foundation
import Tandem
import Testing

/// A program and a command line that say nothing train the same.
@Suite struct DefaultTests {
  @Test func `the tool and the library train the same weights`() throws {
    let folder = try TemporaryFolder()
    try ToolRun(
      "train --model mlp --data shapes:200,20 --steps 3 -j 1 --output \(folder.path("run"))"
    ).expectSuccess()
    let stored = try ModelFile(contentsOf: folder.path("run")).tensors

    func weights(_ change: (inout TrainingOptions) -> Void) throws -> [String: Tensor] {
      let data = try DatasetSource.load("shapes:200,20")
      var options = TrainingOptions()
      options.stepLimit = 3
      options.workers = 1
      change(&options)
      let trainer = try Trainer(
        network: Zoo.mlp(classes: data.train.classNames.count, input: data.train.imageShape),
        data: data, normalization: try .statistics(of: data.train), options: options)
      _ = try trainer.run()
      return Dictionary(uniqueKeysWithValues: trainer.parameters.map { ($0.name, $0.tensor) })
    }
    #expect(try weights { _ in } == stored)
    // The comparison can fail.
    #expect(try weights { $0.learningRate = 0.0011 } != stored)
  }

  /// PyTorch's, but for LARS and LAMB, which it does not have.
  @Test func `optimizers bring their learning rates, for both`() throws {
    let expected: [(any Optimizer, Float)] = [
      (SGD(), 0.001), (AdaGrad(), 0.01), (RMSProp(), 0.01), (Adam(), 0.001), (AdamW(), 0.001),
      (Adadelta(), 1), (LARS(), 1), (LAMB(), 0.001),
    ]
    #expect(expected.map { type(of: $0.0).name } == AnyOptimizer.names)
    let folder = try TemporaryFolder()
    for (optimizer, rate) in expected {
      var options = TrainingOptions()
      options.optimizer = AnyOptimizer(optimizer)
      #expect(options.learningRate == rate)
      let name = options.optimizer.name
      let report = try ToolRun(
        "train --model mlp --data shapes:20,10 --steps 1 -j 1 --json --opt \(name)"
          + " --output \(folder.path(name))"
      ).json(as: TrainReport.self)
      #expect(report.epochs.map { Float($0.learningRate) } == [rate], "\(name)")
    }
  }

  @Test func `a rate that is given stays, whichever optimizer follows`() {
    var options = TrainingOptions()
    options.learningRate = 0.25
    options.optimizer = AnyOptimizer(Adam())
    #expect(options.learningRate == 0.25)
  }
}
