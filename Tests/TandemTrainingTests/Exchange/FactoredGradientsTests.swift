import TandemCollectives
import TandemExecution
import TandemNetwork
import TandemTensor
import TandemTraining
import Testing

@Suite("Factored gradients")
struct FactoredGradientsTests {
  private let graph: NetworkGraph

  init() throws {
    // Elements: 64 · 150 = 9600 and 150, 150 · 40 = 6000 and 40 (48 with the gap), 40 · 3 = 120 and
    // 3.
    graph = try Network("made-up", input: [1, 8, 8]) {
      Dense(150)
      Dense(40)
      Dense(3)
    }.graph()
  }

  private func weights(
    images: Int, _ optimizer: AnyOptimizer = AnyOptimizer(SGD()), clipNorm: Float? = nil,
    leastElements: Int = 1
  ) -> [String] {
    FactoredGradients.weights(
      graph, images: images, optimizer: optimizer, clipNorm: clipNorm, leastElements: leastElements
    ).map(\.entry.name)
  }

  @Test("weights are factored where the factors of all images are smaller than the gradient")
  func rule() {
    let all = ["dense3.weight", "dense2.weight", "dense1.weight"]
    // 120 / (40 + 3) = 2.8, 6000 / 190 = 31.6, 9600 / 214 = 44.9 images.
    #expect(weights(images: 2) == all)
    #expect(weights(images: 3) == Array(all.dropFirst()))
    #expect(weights(images: 31) == Array(all.dropFirst()))
    #expect(weights(images: 32) == ["dense1.weight"])
    #expect(weights(images: 44) == ["dense1.weight"])
    #expect(weights(images: 45) == [])
    #expect(weights(images: 2, leastElements: 6001) == ["dense1.weight"])
    #expect(FactoredGradients.leastElements > 9600)
  }

  @Test("nothing is factored where gradients are needed as a whole")
  func norms() {
    #expect(weights(images: 2, clipNorm: 1) == [])
    #expect(weights(images: 2, AnyOptimizer(LARS())) == [])
    #expect(weights(images: 2, AnyOptimizer(Adam())).count == 3)
  }

  @Test("factored weights are buckets of their own")
  func buckets() throws {
    let factored = FactoredGradients.weights(
      graph, images: 31, optimizer: AnyOptimizer(SGD()), clipNorm: nil, leastElements: 1)
    // The arena: dense3 weight 0..<120 (gap to 128), bias to 144, dense2 weight to 6144, bias to
    // 6192, dense1 weight to 15792, bias to 15952.
    #expect(
      Buckets.form(graph.parameterLayout, factored: factored, bucketBytes: 1, firstBucketBytes: 1)
        == [0..<128, 128..<144, 144..<6144, 6144..<6192, 6192..<15792, 15792..<15952])
    #expect(
      Buckets.form(
        graph.parameterLayout, factored: factored, bucketBytes: 1 << 30, firstBucketBytes: 1 << 30)
        == [0..<144, 144..<6144, 6144..<6192, 6192..<15792, 15792..<15952])
    #expect(
      Buckets.form(
        graph.parameterLayout, factored: [], bucketBytes: 1 << 30, firstBucketBytes: 1 << 30)
        == [0..<15952])
  }

  @Test("training with factors gives the weights of training without, nearly")
  func training() throws {
    func weights(_ leastElements: Int, microBatchSize: Int? = nil) throws -> [Float] {
      let trainer = try makeTrainer(quartersPair(train: 60)) {
        $0.epochs = 2
        $0.batchSize = 5  // shards of 3 and 2 images
        $0.accumulatedBatches = 2
        $0.workers = 2
        $0.optimizer = AnyOptimizer(SGD(momentum: 0.9))
        $0.learningRate = 0.05
        $0.leastFactoredElements = leastElements
        $0.microBatchSize = microBatchSize
      }
      let before = trainer.parameters.flatMap(\.tensor.elements)
      _ = try trainer.run()
      let after = trainer.parameters.flatMap(\.tensor.elements)
      #expect(zip(before, after).contains { abs($0 - $1) > 0.01 })
      return after
    }
    let stored = try weights(.max)
    let factored = try weights(1)
    #expect(zip(stored, factored).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(!stored.elementsEqual(factored))
    // The same in parts of 1 or 2 images: dropout goes by an image's place in the epoch.
    for leastElements in [.max, 1] {
      let parts = try weights(leastElements, microBatchSize: 2)
      #expect(zip(stored, parts).allSatisfy { abs($0 - $1) < 1e-5 })
      #expect(!parts.elementsEqual(stored))
    }
  }
}
