import Foundation
import TandemTraining
import Testing

@Suite struct AnyOptimizerTests {
  @Test func names() {
    #expect(
      AnyOptimizer.names
        == ["sgd", "adagrad", "rmsprop", "adam", "adamw", "adadelta", "lars", "lamb"])
  }

  @Test func unknownNameListsTheKnown() throws {
    let error = #expect(throws: OptimizerError.self) { try AnyOptimizer(named: "adm") }
    #expect(
      error?.description
        == "unknown optimizer \"adm\"; use `AnyOptimizer(named:)` with one of "
        + "sgd, adagrad, rmsprop, adam, adamw, adadelta, lars, lamb")
  }

  @Test func optionsReachTheOptimizer() throws {
    let sgd = try AnyOptimizer(
      named: "sgd", options: OptimizerOptions(momentum: 0.9, nesterov: true, weightDecay: 1e-4))
    #expect(sgd == AnyOptimizer(SGD(momentum: 0.9, nesterov: true, weightDecay: 1e-4)))
    #expect(try AnyOptimizer(named: "adam") == AnyOptimizer(Adam()))
    #expect(try AnyOptimizer(named: "adam") != AnyOptimizer(AdamW()))
    #expect(try AnyOptimizer(named: "adam") != AnyOptimizer(Adam(epsilon: 1e-7)))
  }

  @Test func whatAnOptimizerDoesNotHaveIsAnError() throws {
    let error = #expect(throws: OptimizerError.self) {
      try AnyOptimizer(named: "adam", options: OptimizerOptions(momentum: 0.9))
    }
    #expect(
      error?.description
        == "the optimizer adam has no momentum; leave out `momentum` "
        + "(it takes `beta1`, `beta2`, `epsilon`, `weightDecay`)")
  }

  @Test(arguments: [
    ("sgd", HyperParameter.momentum, -0.1), ("sgd", .momentum, 1.5), ("sgd", .weightDecay, -1),
    ("sgd", .weightDecay, .nan), ("adam", .beta1, 1), ("adam", .beta2, -0.5),
    ("adam", .epsilon, 0), ("adam", .epsilon, 1e-60), ("adam", .epsilon, .infinity),
    ("rmsprop", .alpha, 2), ("adadelta", .rho, .nan), ("adagrad", .learningRateDecay, -1),
    ("lars", .trustCoefficient, 0), ("lars", .trustCoefficient, 1e-60), ("lars", .momentum, 2),
  ])
  func outOfRange(name: String, key: HyperParameter, value: Double) throws {
    let error = #expect(throws: OptimizerError.self) {
      try AnyOptimizer(named: name, options: OptimizerOptions(values: [key: value]))
    }
    let start = "`\(key)` \(value) is out of range: it must be"
    #expect(error?.description.hasPrefix(start) == true)
  }

  @Test(arguments: OptimizerBitsTests.optimizers.indices)
  func codingRoundTrip(index: Int) throws {
    let optimizer = OptimizerBitsTests.optimizers[index]
    let data = try JSONEncoder().encode(optimizer)
    #expect(try JSONDecoder().decode(AnyOptimizer.self, from: data) == optimizer)
  }

  @Test func codedForm() throws {
    let json =
      #"{"name":"sgd","hyperParameters":{"momentum":0.5,"nesterov":false,"weightDecay":0}}"#
    let optimizer = try JSONDecoder().decode(AnyOptimizer.self, from: Data(json.utf8))
    #expect(optimizer == AnyOptimizer(SGD(momentum: 0.5)))
    #expect(throws: OptimizerError.self) {
      let unknown = json.replacing("sgd", with: "lion")
      return try JSONDecoder().decode(AnyOptimizer.self, from: Data(unknown.utf8))
    }
  }
}
