import Foundation
import TandemCollectives
import TandemInsight
import TandemNetwork
import TandemTraining
import Testing

/// Predictions of two dense layers on two devices, in closed forms: layer 1 is 8 → 1000, layer 2
/// 1000 → 4.
@Suite struct StepPredictionTests {
  private let network = Network("two", input: [8]) {
    Dense(1000, bias: false).named("first")
    Dense(4, bias: false).named("second")
  }
  /// 1 byte takes 1 ms, a message 10 s.
  private let link = NetworkLink(bitsPerSecond: 8000, latencySeconds: 10, payload: 1)
  private let step = StepSetting(batchSize: 6)

  /// Forward and backward take 1 and 2 s an image for the first layer, 3 and 5 s for the second;
  /// the update takes 100 s.
  private func times(_ images: Int) -> LayerTimes {
    let count = Double(images)
    return LayerTimes(
      images: images, forward: [1 * count, 3 * count], backward: [2 * count, 5 * count], update: 100
    )
  }

  /// Buckets that nothing fills.
  private let oneBucket = exchange(bucketBytes: 1 << 30)

  private static func exchange(
    bucketBytes: Int, _ change: (inout ExchangeSetting) -> Void = { _ in }
  ) -> ExchangeSetting {
    var setting = ExchangeSetting()
    setting.firstBucketBytes = bucketBytes
    setting.bucketBytes = bucketBytes
    change(&setting)
    return setting
  }

  private func predict(
    _ mesh: Mesh, _ parallelism: Parallelism, step: StepSetting? = nil,
    _ exchange: ExchangeSetting? = nil
  ) throws -> StepPrediction {
    StepPrediction(
      try PlacedNetwork(network.graph(), mesh: mesh, parallelism: parallelism),
      step ?? self.step, link: link, exchange: exchange ?? oneBucket, times: times)
  }

  private func expectEqual(_ left: Double, _ right: Double) {
    #expect(abs(left - right) < 1e-9 * max(1, abs(right)), "\(left), not \(right)")
  }

  @Test func oneDeviceComputesAndUpdates() throws {
    for parallelism in Parallelism.allCases {
      let prediction = try predict(Mesh(data: 1, model: 1), parallelism)
      expectEqual(prediction.seconds, 6 * 11 + 100)
      expectEqual(prediction.computeSeconds, 66)
      #expect(prediction.bytesSent == 0 && prediction.crossings == 0)
      expectEqual(prediction.imagesPerSecond, 6 / 166)
    }
  }

  /// All gradients in one bucket, after backward: 12,000 elements, half of each sent to its owner
  /// and half returned, in two messages.
  @Test func gradientsAreExchanged() throws {
    let prediction = try predict(Mesh(data: 2, model: 1), .data)
    #expect(prediction.bytesSent == 4 * 12_000)
    expectEqual(prediction.computeSeconds, 3 * 11)
    expectEqual(prediction.exposedGradientSeconds, 48 + 20)
    expectEqual(prediction.updateSeconds, 50)
    expectEqual(prediction.seconds, 33 + 34 + 50 + 34)
  }

  /// The second layer's 8000 bytes travel for 18 s while the first one's backward takes 6 s; then
  /// come its own 16,000 bytes, for 26 s. While these are under way a sixth of the update is made,
  /// and after that the rest. Parameters return as gradients came, the second layer's beside the
  /// rest of the update.
  @Test func earlyBucketsHideBehindBackward() throws {
    let prediction = try predict(Mesh(data: 2, model: 1), .data, Self.exchange(bucketBytes: 1000))
    expectEqual(prediction.seconds, 27 + 18 + 26 + 100 / 3.0 + 26)
    expectEqual(prediction.updateSeconds, 50)
    expectEqual(prediction.exposedGradientSeconds, prediction.seconds - 33 - 50)
  }

  /// What arrives early enough is updated in the midst of backward, which takes the longer for it.
  @Test func updatesInterruptComputing() throws {
    let fast = NetworkLink(bitsPerSecond: 8e6, latencySeconds: 1, payload: 1)
    let prediction = StepPrediction(
      try PlacedNetwork(network.graph(), mesh: Mesh(data: 2, model: 1), parallelism: .data), step,
      link: fast, exchange: Self.exchange(bucketBytes: 1000), times: times)
    // The second layer's gradients are sent for 1.008 s; the first one's, behind 6 s of backward
    // and a sixth of the update, for 1.016 s.
    expectEqual(prediction.seconds, 33 + 100 / 6.0 + 1.016 + 100 / 3.0 + 1.016)
    expectEqual(prediction.exposedGradientSeconds, 2 * 1.016)
  }

  /// Half of each layer for all six images; the first layer's 500 outputs of 6 images cross, there
  /// and back, and the two of four logits that the other has not go there for the loss.
  @Test func slicesCross() throws {
    let prediction = try predict(Mesh(data: 1, model: 2), .model)
    #expect(prediction.crossings == 1)
    #expect(prediction.bytesSent == 2 * 4 * 500 * 6 + 4 * 2 * 6)
    expectEqual(prediction.computeSeconds, 33)
    expectEqual(prediction.crossingSeconds, 2 * (10 + 12) + (10 + 0.048))
    expectEqual(prediction.exposedGradientSeconds, 0)
    expectEqual(prediction.updateSeconds, 50)
    expectEqual(prediction.seconds, 33 + 54.048 + 50)
    let second = prediction.layers[1]
    #expect(second.name == "second" && second.placement == .model)
    #expect(second.crossingBytesSent == 24_000 && second.gradientBytesSent == 0)
    expectEqual(second.computeSeconds, 24)
    expectEqual(second.wireSeconds, 44)
    expectEqual(second.seconds, 68)
  }

  /// Crossings go first: gradients that are under way wait for them.
  @Test func crossingsDelayGradients() throws {
    let prediction = try predict(Mesh(data: 2, model: 2), .model, Self.exchange(bucketBytes: 1000))
    // Forward: 0.5·1·3, crossing 10 + 6, 0.5·3·3, logits 10 + 0.024; backward: 0.5·5·3, from where
    // the second layer's gradients, 4000 bytes, take 14 s; the crossing of 16 s delays them;
    // 0.5·2·3.
    let crossing = 16.0
    let compute = 0.5 * 11 * 3
    expectEqual(prediction.crossingSeconds, 2 * crossing + 10.024)
    expectEqual(prediction.computeSeconds, compute)
    // After backward: of the first 14 s 3 have passed; then the first layer's 8000 bytes there, two
    // thirds of the update, and 8000 bytes back.
    expectEqual(
      prediction.seconds, compute + 2 * crossing + 10.024 + (14 - 3) + 18 + 50 / 3.0 + 18)
    expectEqual(prediction.updateSeconds, 25)
    expectEqual(
      prediction.exposedGradientSeconds,
      prediction.seconds - compute - 2 * crossing - 10.024 - 25)
  }

  /// Nothing is gathered ahead: four pieces take as many messages, and as many bytes as one.
  @Test func piecesAreMessages() throws {
    let network = Network("hybrid", input: [4, 2, 2]) {
      Conv2D(4, kernel: 1, bias: false)
      Dense(4, bias: false)
    }
    let placed = try PlacedNetwork(
      network.graph(), mesh: Mesh(data: 1, model: 2), parallelism: .hybrid)
    func crossing(pieces: Int) -> Double {
      StepPrediction(
        placed, StepSetting(batchSize: 8, pieces: pieces), link: link,
        times: { images in
          LayerTimes(images: images, forward: [0, 1000], backward: [0, 0], update: 0)
        }
      ).crossingSeconds
    }
    // 4 images of 16 features, there and back; two logits of 8 images.
    let (transfer, logits) = (0.256, 0.064)
    expectEqual(crossing(pieces: 1), 2 * (10 + transfer) + 10 + logits)
    expectEqual(crossing(pieces: 4), 2 * (40 + transfer) + 40 + logits)
  }

  // MARK: Options of training

  /// Half the bytes of gradients and parameters; activations stay as they are.
  @Test func bfloat16HalvesGradients() throws {
    let rounded = Self.exchange(bucketBytes: 1 << 30) { $0.elementBytes = 2 }
    let data = try predict(Mesh(data: 2, model: 1), .data, rounded)
    #expect(data.bytesSent == 2 * 12_000)
    expectEqual(data.seconds, 33 + 22 + 50 + 22)
    let model = try predict(Mesh(data: 1, model: 2), .model, rounded)
    #expect(model.bytesSent == 2 * 4 * 500 * 6 + 4 * 2 * 6)
  }

  /// Factors of the first layer: of the device's 3 images 1008 numbers each, in two messages. They
  /// are a bucket of their own, so that the second layer's gradients, which do not fill one, need
  /// not wait.
  @Test func factorsAreABucketOfTheirOwn() throws {
    let step = StepSetting(batchSize: 6, factoredNodes: [0])
    let prediction = try predict(Mesh(data: 2, model: 1), .data, step: step)
    let factors = 4 * 3 * 1008
    #expect(prediction.bytesSent == 8000 + 8000 + factors + 16_000)
    // The second layer's gradients are under way for 18 s, 6 of which hide behind backward; the
    // factors follow. Meanwhile the second layer is updated, and then the first.
    expectEqual(
      prediction.seconds, 27 + 18 + (20 + Double(factors) / 1000) + 100 / 3.0 + 26)
    let rounded = Self.exchange(bucketBytes: 1 << 30) { $0.elementBytes = 2 }
    #expect(
      try predict(Mesh(data: 2, model: 1), .data, step: step, rounded).bytesSent
        == (16_000 + factors + 16_000) / 2)
  }

  /// What a bucket has room for is counted in parameters: 16,000 bytes of the second layer and
  /// 32,000 of the first, however many devices send how much of them.
  @Test(arguments: [2, 4]) func bucketsAreFilledByParameters(devices: Int) throws {
    let mesh = Mesh(data: devices, model: 1)
    let images = ceil(6 / Double(devices))
    let messages = 10 * Double(devices - 1)
    let update = 100 / Double(devices)
    func sent(_ bytes: Double) -> Double {
      messages + bytes / 1000 * Double(devices - 1) / Double(devices)
    }
    // One bucket: after backward.
    let one = try predict(mesh, .data, Self.exchange(bucketBytes: 16_001))
    expectEqual(one.seconds, 11 * images + 2 * sent(48_000) + update)
    // Two: the second begins when backward is over or the first has been sent.
    let two = try predict(mesh, .data, Self.exchange(bucketBytes: 16_000))
    let begin = 9 * images
    let arrived = max(begin + sent(16_000), begin + 2 * images) + sent(32_000)
    // The second layer's parameters return beside the first one's update.
    expectEqual(two.seconds, arrived + max(update * 2 / 3, sent(16_000)) + sent(32_000))
  }

  /// As in `earlyBucketsHideBehindBackward`, but nothing is updated before all gradients are there.
  @Test func wholeGradientsDelayUpdates() throws {
    let whole = Self.exchange(bucketBytes: 1000) { $0.needsWholeGradients = true }
    let prediction = try predict(Mesh(data: 2, model: 1), .data, whole)
    // Of the second layer's parameters, which return for 18 s, the first layer's wait for nothing
    // more than its update.
    expectEqual(prediction.seconds, 27 + 18 + 26 + 100 / 6.0 + max(18, 100 / 3.0) + 26)
    expectEqual(prediction.updateSeconds, 50)
  }

  @Test func exchangeBehindBackwardHidesNothing() throws {
    let behind = Self.exchange(bucketBytes: 1000) { $0.overlaps = false }
    let prediction = try predict(Mesh(data: 2, model: 1), .data, behind)
    // The second layer is updated while the first one's gradients are under way.
    expectEqual(prediction.seconds, 33 + 18 + 26 + 100 / 3.0 + 26)
  }

  /// Three mini-batches are computed and cross, then gradients are exchanged once; factors are
  /// those of all.
  @Test func accumulatedBatchesAreExchangedOnce() throws {
    let three = Self.exchange(bucketBytes: 1 << 30) { $0.accumulatedBatches = 3 }
    let data = try predict(Mesh(data: 2, model: 1), .data, three)
    #expect(data.bytesSent == 4 * 12_000)
    expectEqual(data.seconds, 3 * 33 + 34 + 50 + 34)
    expectEqual(data.imagesPerSecond, 18 / data.seconds)
    expectEqual(data.layers.reduce(0) { $0 + $1.computeSeconds }, data.computeSeconds)
    let model = try predict(Mesh(data: 1, model: 2), .model, three)
    #expect(model.bytesSent == 3 * (2 * 4 * 500 * 6 + 4 * 2 * 6))
    expectEqual(model.seconds, 3 * (33 + 54.048) + 50)
    let factored = try predict(
      Mesh(data: 2, model: 1), .data, step: StepSetting(batchSize: 6, factoredNodes: [0]), three)
    #expect(factored.bytesSent == 8000 + 8000 + 3 * 4 * 3 * 1008 + 16_000)
    let first = factored.layers[0]
    expectEqual(
      first.wireSeconds, 3 * (20 + 4 * 3 * 1008 / 1000.0) + 26)
  }

  /// The ends of buckets are those of training, which are cut from an arena of the same parameters.
  @Test(arguments: [
    Network("stored", input: [3, 32, 32]) {
      Conv2D(30, kernel: 5)
      BatchNorm2D()
      Conv2D(7, kernel: 3)
      Dense(100)
      Dense(10)
    },
    Network("factored", input: [1, 40, 40]) {
      Dense(100)
      Dense(1100)
      Dense(1000)
      Dense(1100)
      Dense(1000, bias: false)
      Dense(300)
    },
  ]) func bucketsAreThoseOfTraining(network: Network) throws {
    let graph = try network.graph()
    let factored = FactoredGradients.weights(
      graph, images: 8, optimizer: AnyOptimizer(SGD()), clipNorm: nil)
    #expect(factored.count == (network.name == "factored" ? 3 : 0))
    let layout = graph.parameterLayout
    let step = StepSetting(batchSize: 8, factoredNodes: Set(factored.map(\.entry.nodeIndex)))
    let mesh = Mesh(data: 2, model: 1)
    for kilobytes in [1, 30, 100, 4000, 1 << 20] {
      let setting = Self.exchange(bucketBytes: kilobytes << 10) {
        $0.firstBucketBytes = kilobytes << 8
      }
      let costs = CostModel(
        try PlacedNetwork(graph, mesh: mesh, parallelism: .data), step, setting, link: link
      ) { images in
        let zeros = Array(repeating: 0.0, count: graph.nodes.count)
        return LayerTimes(images: images, forward: zeros, backward: zeros, update: 0)
      }
      let gradients =
        graph.nodes.reversed().flatMap { costs.gradients($0, .trained) }
        + graph.nodes.reversed().flatMap { costs.gradients($0, .statistics) }
      let buckets = Buckets.form(
        layout, factored: factored, bucketBytes: setting.bucketBytes,
        firstBucketBytes: setting.firstBucketBytes)
      let ends = layout.entries.indices.filter { index in
        let next = layout.entries.dropFirst(index + 1).first?.offset ?? layout.elementCount
        return buckets.contains { $0.upperBound == next }
      }
      #expect(gradients.count == layout.entries.count)
      #expect(gradients.endsOfBuckets(setting) == Set(ends), "\(kilobytes) KiB")
    }
  }

  @Test func settingsAreThoseOfTraining() {
    var options = TrainingOptions()
    #expect(ExchangeSetting(options) == ExchangeSetting())
    #expect(!ExchangeSetting(options).needsWholeGradients)
    options.clipNorm = 1
    #expect(ExchangeSetting(options).needsWholeGradients)
    options.clipNorm = nil
    options.optimizer = AnyOptimizer(LARS())
    #expect(ExchangeSetting(options).needsWholeGradients)
    options.wire = .bfloat16
    options.batchSize = 10
    options.accumulatedBatches = 4
    options.bucketBytes = 5
    options.firstBucketBytes = 3
    options.overlapsExchange = false
    let setting = ExchangeSetting(options, images: 25)
    #expect(setting.elementBytes == 2 && setting.accumulatedBatches == 3 && !setting.overlaps)
    #expect(setting.bucketBytes == 5 && setting.firstBucketBytes == 3)
    #expect(ExchangeSetting(options, images: 100).accumulatedBatches == 4)
  }

  @Test func imageCountsAreThoseOfPlacements() throws {
    let network = Network("hybrid", input: [4, 2, 2]) {
      Conv2D(4, kernel: 1)
      Dense(4)
    }
    let placed = try PlacedNetwork(
      network.graph(), mesh: Mesh(data: 2, model: 2), parallelism: .hybrid)
    #expect(StepPrediction.imageCounts(placed, StepSetting(batchSize: 32)) == [8, 16])
  }

  @Test func operatorsAreAddedUpByLayer() throws {
    func time(_ label: String, _ section: String, _ seconds: Double) throws -> OperatorTime {
      let layer = label.prefix { $0 != " " }
      let json = """
        {"label": "\(label)", "layer": "\(layer)", "kind": "dense", "section": "\(section)",
          "implementation": "tandem", "seconds": \(seconds), "floatingPointOperations": 0, "bytes": 0}
        """
      return try JSONDecoder().decode(OperatorTime.self, from: Data(json.utf8))
    }
    let times = LayerTimes(
      images: 2,
      operators: try [
        time("first weights reorder", "prepare", 1), time("first forward", "forward", 2),
        time("second forward", "forward", 4), time("second backward input", "backward", 8),
        time("second backward parameters", "exchange", 16), time("other x", "forward", 32),
      ], update: 3, graph: try network.graph())
    #expect(times.forward == [3, 4] && times.backward == [0, 24] && times.update == 3)
  }
}
