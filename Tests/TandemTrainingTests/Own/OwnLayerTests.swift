import Foundation
import TandemData
import TandemExecution
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// y = weight[c] · x · |x|, a layer that nothing built in computes.
struct SignedSquare: OwnLayer {
  static let kind = "signed-square"
  var first: Float = 0.5

  func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape { try onlyInput(inputs) }

  func parameters(for inputs: [Shape]) -> [Parameter] {
    [
      Parameter(
        "weight", shape: [inputs[0][0]], initializer: .constant(first), fanIn: 1, fanOut: 1)
    ]
  }

  func forward(_ call: ForwardCall) {
    let (weight, x) = (call.parameter("weight"), call.inputs[0])
    let plane = call.outputShape.elementCount / weight.count
    for i in call.output.indices {
      call.output[i] = weight[i / plane % weight.count] * x[i] * abs(x[i])
    }
  }

  func backward(_ call: BackwardCall) {
    let (weight, x) = (call.parameter("weight"), call.inputs[0])
    let plane = call.outputShape.elementCount / weight.count
    let sums = call.parameterGradient("weight")
    sums.update(repeating: 0)
    for i in x.indices {
      let channel = i / plane % weight.count
      call.inputGradients[0][i] = 2 * weight[channel] * abs(x[i]) * call.outputGradient[i]
      sums[channel] += x[i] * abs(x[i]) * call.outputGradient[i]
    }
  }
}

/// Hands its input on, and breaks its contract in one place.
struct Faulty: OwnLayer {
  enum Fault: String, Hashable, Codable, Sendable {
    case none, forwardStops, backwardStops, adds, forgetsParameter, throwsError, wrongSign
  }
  struct Failure: Error, CustomStringConvertible { let description = "the sensor is gone" }

  static let kind = "faulty"
  var fault: Fault

  func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape { try onlyInput(inputs) }

  func parameters(for inputs: [Shape]) -> [Parameter] {
    [Parameter("shift", shape: [2], initializer: .constant(0), fanIn: 1, fanOut: 1)]
  }

  func forward(_ call: ForwardCall) throws {
    if fault == .throwsError { throw Failure() }
    let count = call.output.count - (fault == .forwardStops ? 1 : 0)
    for i in 0..<count { call.output[i] = call.inputs[0][i] + call.parameter("shift")[0] }
  }

  func backward(_ call: BackwardCall) {
    let gradient = call.outputGradient
    let (written, shift) = (call.inputGradients[0], call.parameterGradient("shift"))
    for i in 0..<gradient.count - (fault == .backwardStops ? 3 : 0) {
      if fault == .adds { written[i] += gradient[i] } else { written[i] = gradient[i] }
      if fault == .wrongSign { written[i] = -gradient[i] }
    }
    shift[0] = gradient.reduce(0, +)
    if fault != .forgetsParameter { shift[1] = 0 }
  }
}

private func network(_ layer: some OwnLayer) -> Network {
  Network("own", input: [1, 8, 8]) {
    Conv2D(5, kernel: 3, padding: 1)
    layer
    MaxPool2D(2)
    Dropout(0.3)
    Dense(4)
  }
}

@Suite struct OwnLayerTests {
  private let data = quartersPair(train: 72)

  @Test func `backward equals finite differences`() throws {
    let errors = try OwnLayerGradientCheck(SignedSquare(), inputs: [[3, 4, 5]]).run()
    #expect(Set(errors.keys) == ["input", "weight"])
    #expect(errors.values.allSatisfy { $0 < 0.01 }, "\(errors)")
  }

  @Test func `the check of gradients finds faults`() throws {
    func error(_ fault: Faulty.Fault) throws -> [String: Double] {
      try OwnLayerGradientCheck(Faulty(fault: fault), inputs: [[1, 2, 2]]).run()
    }
    #expect(try error(.none).values.allSatisfy { $0 < 0.01 })
    #expect(try error(.wrongSign)["input"]! > 1)
    #expect(try error(.backwardStops)["input"] == .infinity)
    #expect(try error(.forgetsParameter)["shift"] == .infinity)
  }

  @Test func `the weights are the same for any number of workers, and it learns`() throws {
    let trainers = try [1, 2, 3].map { workers in
      let trainer = try makeTrainer(network(SignedSquare()), data) {
        $0.workers = workers
        $0.shards = 4
        $0.epochs = 2
      }
      _ = try trainer.run()
      return trainer
    }
    #expect(bits(trainers[0]) == bits(trainers[1]))
    #expect(bits(trainers[0]) == bits(trainers[2]))
    let weight = try #require(
      trainers[0].parameters.first { $0.name == "signed-square1.weight" }?.tensor)
    #expect(weight.shape == [5])
    #expect(weight.elements.allSatisfy { $0 != 0.5 && $0.isFinite })
  }

  @Test func `accumulated batches and micro batches add its gradients`() throws {
    let one = try makeTrainer(network(SignedSquare()), data) { $0.batchSize = 24 }
    let two = try makeTrainer(network(SignedSquare()), data) {
      $0.batchSize = 12
      $0.accumulatedBatches = 2
    }
    _ = try one.run()
    _ = try two.run()
    for (a, b) in zip(floats(one), floats(two)) { #expect(abs(a - b) < 1e-5) }
  }

  @Test func `a resumed run has the same bits, and its file describes the layer`() throws {
    try withTemporaryFolder { folder in
      func trainer(epochs: Int, _ output: String) throws -> Trainer {
        try makeTrainer(network(SignedSquare(first: 0.25)), data) {
          $0.epochs = epochs
          $0.workers = 2
          $0.outputFolder = folder + "/" + output
        }
      }
      let whole = try trainer(epochs: 2, "whole")
      _ = try whole.run()
      _ = try trainer(epochs: 1, "half").run()
      let rest = try trainer(epochs: 2, "half")
      try rest.resume(from: folder + "/half")
      _ = try rest.run()
      #expect(bits(whole) == bits(rest))

      let file = try ModelFile(contentsOf: folder + "/half")
      #expect(file.network == network(SignedSquare(first: 0.25)))
    }
  }

  @Test(arguments: [
    (
      Faulty.Fault.forwardStops,
      "its forward wrote only 5119 of 5120 values of the output; it must write all of them in every call"
    ),
    (.backwardStops, "its backward wrote only 5117 of 5120 values of the gradient of its input"),
    (.adds, "its backward wrote only 0 of 5120 values of the gradient of its input"),
    (.forgetsParameter, "its backward wrote only 1 of 2 values of the gradient of shift"),
    (.throwsError, "its forward failed: the sensor is gone"),
  ])
  func `a broken contract is one line that names the layer`(
    _ fault: Faulty.Fault, _ text: String
  ) throws {
    let trainer = try makeTrainer(network(Faulty(fault: fault)), data) {
      $0.workers = fault == .throwsError ? 2 : 1
    }
    let before = bits(trainer)
    let error = #expect(throws: (any Error).self) { _ = try trainer.run() }
    let line = "\(error.map { "\($0)" } ?? "")"
    #expect(line.contains("layer faulty1, Faulty(fault: \(fault)): \(text)"), "\(line)")
    #expect(!line.contains("\n"))
    #expect(bits(trainer) == before)
  }

  @Test func `a layer may not take the kind of another`() {
    struct Impostor: OwnLayer {
      static let kind = "conv"
      func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape { inputs[0] }
      func forward(_ call: ForwardCall) {}
      func backward(_ call: BackwardCall) {}
    }
    #expect(throws: NetworkError.self) { try network(Impostor()).graph() }
  }
}
