import Foundation
import TandemData
import TandemInsight
import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

/// What an evaluation says of its images, against numbers of Tests/Fixtures/TandemInsight.
@Suite struct EvaluationAnalysisTests {
  /// From evaluation.py, which compared them with scikit-learn, scipy and statsmodels.
  struct Golden: Decodable {
    struct Case: Decodable {
      struct Class: Decodable {
        let images: Int
        let predicted: Int
        let correct: Int
        let precision: Double?
        let recall: Double?
        let f1: Double?
        let precisionInterval: [Double]?
        let recallInterval: [Double]?
        let f1Interval: [Double]?
      }

      struct Means: Decodable {
        let precision: Double
        let recall: Double
        let f1: Double
      }

      let labels: [Int32]
      let logits: [[Float]]
      let loss: Double
      let perClass: [Class]
      let macro: Means
      let weighted: Means
      let confusions: [[Int]]
      let expectedError: Double
      let maximumError: Double
      let meanConfidence: Double
      let binImages: [Int]
      let top: [Double]
      let top1Interval: [Double]
      let topLosses: [Double]
    }

    let cases: [Case]
    /// Tosses on either side, and the probability.
    let coins: [[Double]]
  }

  private static func golden() throws -> Golden {
    try JSONDecoder().decode(
      Golden.self,
      from: Data(contentsOf: URL(filePath: fixturePath("TandemInsight/evaluation.json"))))
  }

  /// A network whose outputs are its images.
  private static func evaluated(
    _ golden: Golden.Case, workers: Int, views: PictureViews = .middle
  ) throws -> (DetailedEvaluation, EvaluationAnalysis) {
    let classes = golden.logits[0].count
    let network = Network("identity", input: [1, 1, classes]) { Dense(classes) }
    let identity = (0..<classes * classes).map { Float($0 / classes == $0 % classes ? 1 : 0) }
    let dataset = InMemoryDataset(
      name: "outputs", imageShape: [1, 1, classes],
      classNames: (0..<classes).map { "class \($0)" },
      pixels: .float32(golden.logits.flatMap(\.self)), labels: golden.labels)
    return try withTemporaryFolder { folder in
      let path = folder + "/identity.safetensors"
      try SafeTensorsFile(tensors: [
        "dense1.weight": Tensor(shape: [classes, classes], elements: identity),
        "dense1.bias": Tensor(repeating: 0, shape: [classes]),
      ]).write(to: path)
      let evaluation = try Predictor(
        network: network, weights: ModelFile(contentsOf: path), workers: workers
      ).evaluateInDetail(
        dataset, normalization: .unitScale(channels: 1), loss: .crossEntropy, views: views)
      return (
        evaluation, EvaluationAnalysis(evaluation.images, classNames: dataset.classNames)
      )
    }
  }

  private func isNear(_ found: Double?, _ wanted: Double?, _ tolerance: Double = 1e-12) -> Bool {
    guard let found, let wanted else { return found == nil && wanted == nil }
    return abs(found - wanted) <= tolerance
  }

  private func isNear(_ found: ConfidenceInterval?, _ wanted: [Double]?) -> Bool {
    isNear(found?.low, wanted?[0], 1e-9) && isNear(found?.high, wanted?[1], 1e-9)
  }

  @Test(arguments: [0, 1, 2]) func numbersAreThoseOfTheDefinitions(index: Int) throws {
    let golden = try Self.golden().cases[index]
    let (evaluation, analysis) = try Self.evaluated(golden, workers: 2)
    #expect(evaluation.images.map { Int32($0.label) } == golden.labels)
    #expect(abs(evaluation.result.loss - golden.loss) < 1e-6)
    let mean =
      evaluation.images.map(\.loss).reduce(0, +) / Double(evaluation.images.count)
    #expect(abs(mean - evaluation.result.loss) < 1e-12)
    #expect(analysis.perClass.count == golden.perClass.count)
    for (found, wanted) in zip(analysis.perClass, golden.perClass) {
      #expect(found.images == wanted.images)
      #expect(found.predicted == wanted.predicted)
      #expect(found.correct == wanted.correct)
      #expect(isNear(found.precision, wanted.precision))
      #expect(isNear(found.recall, wanted.recall))
      #expect(isNear(found.f1, wanted.f1))
      #expect(isNear(found.precisionInterval, wanted.precisionInterval), "\(found)")
      #expect(isNear(found.recallInterval, wanted.recallInterval), "\(found)")
      #expect(isNear(found.f1Interval, wanted.f1Interval), "\(found)")
    }
    for (found, wanted) in [
      (analysis.macro, golden.macro), (analysis.weighted, golden.weighted),
    ] {
      #expect(isNear(found.precision, wanted.precision))
      #expect(isNear(found.recall, wanted.recall))
      #expect(isNear(found.f1, wanted.f1))
    }
    #expect(
      analysis.confusions.map { [$0.label, $0.predicted, $0.images] } == golden.confusions)
    for (k, wanted) in golden.top.enumerated() {
      #expect(isNear(analysis.topAccuracy(k + 1), wanted))
    }
    #expect(analysis.topAccuracy(1) == evaluation.result.top1)
    #expect(analysis.topAccuracy(5) == evaluation.result.top5)
    #expect(isNear(analysis.top1Interval, golden.top1Interval))
    let calibration = try #require(analysis.calibration)
    #expect(calibration.bins.map(\.images) == golden.binImages)
    #expect(isNear(calibration.expectedError, golden.expectedError, 1e-6))
    #expect(isNear(calibration.maximumError, golden.maximumError, 1e-6))
    #expect(isNear(calibration.meanConfidence, golden.meanConfidence, 1e-6))
    let losses = analysis.topLosses(10).map { evaluation.images[$0].loss }
    #expect(zip(losses, golden.topLosses).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(losses.count == golden.topLosses.count && losses == losses.sorted(by: >))
  }

  @Test func workersChangeNothing() throws {
    let golden = try Self.golden().cases[1]
    let one = try Self.evaluated(golden, workers: 1).0
    for workers in 2...3 { #expect(try Self.evaluated(golden, workers: workers).0 == one) }
  }

  /// The outputs are the image, so its mirror's are its outputs turned round.
  @Test func mirrorsAreAveraged() throws {
    let golden = try Self.golden().cases[1]
    let (evaluation, _) = try Self.evaluated(golden, workers: 1, views: .mirror)
    for (image, logits) in zip(evaluation.images, golden.logits) {
      let powers = logits.map { exp(Double($0)) }
      let total = powers.reduce(0, +)
      let mean = zip(powers, powers.reversed()).map { ($0 + $1) / (2 * total) }
      #expect(abs(image.loss + log(mean[image.label])) < 1e-5)
      #expect(abs(Double(image.labelProbability ?? 0) - mean[image.label]) < 1e-6)
    }
  }

  @Test func coinsFallAsOftenAsTheyDo() throws {
    for row in try Self.golden().coins {
      let (a, b) = (Int(row[0]), Int(row[1]))
      let found = McNemarTest.probability(a, b)
      #expect(abs(found - row[2]) <= 1e-9 * row[2], "\(row): \(found)")
      #expect(McNemarTest.probability(b, a) == found)
    }
  }

  private func image(_ label: Int, _ predicted: Int, confidence: Float? = nil) -> EvaluatedImage {
    EvaluatedImage(
      label: label, predicted: predicted, labelRank: label == predicted ? 0 : 1,
      confidence: confidence, labelProbability: nil, loss: 1)
  }

  @Test func comparisonsCountEachKindOfImage() {
    let first = [image(0, 0), image(0, 0), image(1, 0), image(1, 0), image(1, 1)]
    let second = [image(0, 0), image(0, 1), image(1, 1), image(1, 0), image(1, 0)]
    let test = McNemarTest(first, second)
    #expect(test.bothRight == 1 && test.onlyFirstRight == 2)
    #expect(test.onlySecondRight == 1 && test.bothWrong == 1)
    // At most one of three coins on one side: all of the time.
    #expect(test.pValue == 1)
  }

  @Test func outputsBeyondTheClassesAreShownWhereTheyOccur() {
    let analysis = EvaluationAnalysis([image(0, 7), image(1, 1)], classNames: ["a", "b"])
    #expect(analysis.perClass.map(\.name) == ["a", "b", "output 7"])
    #expect(analysis.calibration == nil)
    #expect(analysis.worstConfusions.map(\.predicted) == [7])
  }

  @Test func intervalsStayWithinTheirRange() {
    #expect(ConfidenceInterval.wilson(hits: 0, of: 0) == nil)
    #expect(ConfidenceInterval.wilson(hits: 0, of: 4)?.low == 0)
    #expect(ConfidenceInterval.wilson(hits: 4, of: 4)?.high == 1)
    // Half of ten: 0.2366 to 0.7634, as in Brown, Cai and DasGupta's examples of symmetry.
    let half = ConfidenceInterval.wilson(hits: 5, of: 10)
    #expect(isNear(half, [0.236593090512564, 0.763406909487436]))
  }

  @Test func probabilitiesAtTheEdgesHaveABin() throws {
    let images = [image(0, 0, confidence: 1), image(0, 1, confidence: 0)]
    let calibration = try #require(EvaluationAnalysis(images, classNames: ["a", "b"]).calibration)
    #expect(calibration.bins.first?.images == 1 && calibration.bins.last?.images == 1)
    #expect(calibration.expectedError == 0 && calibration.maximumError == 0)
  }
}
