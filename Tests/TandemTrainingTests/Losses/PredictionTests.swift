import Foundation
import TandemNetwork
import TandemTraining
import Testing

@Suite struct PredictionTests {
  private func predicted(_ kind: Loss.Kind, _ outputs: [Float]) -> Int? {
    outputs.withUnsafeBufferPointer { kind.predictedClass(outputs: $0) }
  }

  private func probabilities(_ kind: Loss.Kind, _ outputs: [Float]) -> [Float]? {
    outputs.withUnsafeBufferPointer { kind.probabilities(outputs: $0) }
  }

  @Test(arguments: Loss.Kind.allCases) func theLargestOfSeveralOutputsWins(kind: Loss.Kind) {
    #expect(predicted(kind, [-3, -1, -2]) == 1)
    #expect(predicted(kind, [2, 5, 5]) == 1)
    #expect(predicted(kind, [2, .nan, 5]) == nil)
  }

  @Test func aSingleOutputIsOnOneSideOfTheMiddle() {
    #expect(predicted(.binaryCrossEntropy, [-0.1]) == 0)
    #expect(predicted(.binaryCrossEntropy, [0]) == 0)
    #expect(predicted(.binaryCrossEntropy, [0.1]) == 1)
    #expect(predicted(.meanSquaredError, [0.5]) == 0)
    #expect(predicted(.meanSquaredError, [0.6]) == 1)
    #expect(predicted(.binaryCrossEntropy, [.nan]) == nil)
    #expect(predicted(.crossEntropy, [7]) == 0)
  }

  /// What is predicted is what counts as a hit.
  @Test(arguments: [Loss.Kind.binaryCrossEntropy, .meanSquaredError])
  func predictionsAreTheHitsOfTheLoss(kind: Loss.Kind) throws {
    for output: Float in [-2, 0, 0.25, 0.5, 0.75, 3] {
      for label: Int32 in 0...1 {
        let sum = try Loss(kind).evaluate(logits: [output], labels: [label], images: 1, outputs: 1)
        #expect((predicted(kind, [output]) == Int(label)) == (sum.top1 == 1), "\(output)")
      }
    }
  }

  @Test func softmaxOfSeveral() throws {
    let row = try #require(probabilities(.crossEntropy, [Float(log(1.0)), Float(log(3.0))]))
    #expect(abs(row[0] - 0.25) < 1e-6 && abs(row[1] - 0.75) < 1e-6)
    #expect(probabilities(.crossEntropy, [1000, 1000]) == [0.5, 0.5])
    #expect(probabilities(.radialBasis, [-900, -900]) == [0.5, 0.5])
  }

  @Test func sigmoidOfEach() throws {
    let row = try #require(probabilities(.binaryCrossEntropy, [Float(log(3.0)), 0, -2000, 2000]))
    #expect(abs(row[0] - 0.75) < 1e-6)
    #expect(row[1...] == [0.5, 0, 1])
  }

  @Test func squaredErrorsHaveNoProbabilities() {
    #expect(probabilities(.meanSquaredError, [0, 1]) == nil)
  }

  @Test func naturalLosses() throws {
    func natural(_ last: some Layer) throws -> Loss.Kind {
      Loss.Kind(naturalFor: try Network("n", input: [2], { last }).graph())
    }
    #expect(try natural(Dense(2)) == .crossEntropy)
    #expect(try natural(Dense(1)) == .binaryCrossEntropy)
    #expect(try natural(RadialBasisOutput(targets: [[1, -1]])) == .radialBasis)
  }
}
