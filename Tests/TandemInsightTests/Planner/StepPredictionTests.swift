import Foundation
import TandemInsight
import TandemNetwork
import Testing

/// Predictions of two dense layers on two devices, in closed forms: layer 1 is 8 → 1000, layer 2 1000 → 4.
@Suite struct StepPredictionTests {
  private let network = Network("two", input: [8]) {
    Dense(1000, bias: false).named("first")
    Dense(4, bias: false).named("second")
  }
  /// 1 byte takes 1 ms, a message 10 s.
  private let link = NetworkLink(bitsPerSecond: 8000, latencySeconds: 10, payload: 1)
  private let step = StepSetting(batchSize: 6)

  /// Forward and backward take 1 and 2 s an image for the first layer, 3 and 5 s for the second; the update
  /// takes 100 s.
  private func times(_ images: Int) -> LayerTimes {
    let count = Double(images)
    return LayerTimes(
      images: images, forward: [1 * count, 3 * count], backward: [2 * count, 5 * count], update: 100
    )
  }

  private func predict(
    _ mesh: Mesh, _ parallelism: Parallelism, step: StepSetting? = nil, bucketBytes: Int = 1 << 30
  ) throws -> StepPrediction {
    StepPrediction(
      try PlacedNetwork(network.graph(), mesh: mesh, parallelism: parallelism),
      step ?? self.step, link: link, firstBucketBytes: bucketBytes, bucketBytes: bucketBytes,
      times: times)
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

  /// All gradients in one bucket, after backward: 12,000 elements, half of each sent to its owner and half
  /// returned, in two messages.
  @Test func gradientsAreExchanged() throws {
    let prediction = try predict(Mesh(data: 2, model: 1), .data)
    #expect(prediction.bytesSent == 4 * 12_000)
    expectEqual(prediction.computeSeconds, 3 * 11)
    expectEqual(prediction.exposedGradientSeconds, 48 + 20)
    expectEqual(prediction.updateSeconds, 50)
    expectEqual(prediction.seconds, 33 + 34 + 50 + 34)
  }

  /// The second layer's 8000 bytes travel for 18 s while the first one's backward takes 6 s; then come
  /// its own 16,000 bytes, for 26 s. While these are under way a sixth of the update is made, and after that
  /// the rest. Parameters return as gradients came, the second layer's beside the rest of the update.
  @Test func earlyBucketsHideBehindBackward() throws {
    let prediction = try predict(Mesh(data: 2, model: 1), .data, bucketBytes: 1000)
    expectEqual(prediction.seconds, 27 + 18 + 26 + 100 / 3.0 + 26)
    expectEqual(prediction.updateSeconds, 50)
    expectEqual(prediction.exposedGradientSeconds, prediction.seconds - 33 - 50)
  }

  /// What arrives early enough is updated in the midst of backward, which takes the longer for it.
  @Test func updatesInterruptComputing() throws {
    let fast = NetworkLink(bitsPerSecond: 8e6, latencySeconds: 1, payload: 1)
    let prediction = StepPrediction(
      try PlacedNetwork(network.graph(), mesh: Mesh(data: 2, model: 1), parallelism: .data), step,
      link: fast, firstBucketBytes: 1000, bucketBytes: 1000, times: times)
    // The second layer's gradients are sent for 1.008 s; the first one's, behind 6 s of backward and a sixth
    // of the update, for 1.016 s.
    expectEqual(prediction.seconds, 33 + 100 / 6.0 + 1.016 + 100 / 3.0 + 1.016)
    expectEqual(prediction.exposedGradientSeconds, 2 * 1.016)
  }

  /// Half of each layer for all six images; the first layer's 500 outputs of 6 images cross, there and
  /// back, and the two of four logits that the other has not go there for the loss.
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
    let prediction = try predict(Mesh(data: 2, model: 2), .model, bucketBytes: 1000)
    // Forward: 0.5·1·3, crossing 10 + 6, 0.5·3·3, logits 10 + 0.024; backward: 0.5·5·3, from where the
    // second layer's gradients, 4000 bytes, take 14 s; the crossing of 16 s delays them; 0.5·2·3.
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

  /// The images of three of four pieces travel while others are computed, if that takes long enough.
  @Test func piecesHideTheGatheringOfImages() throws {
    let network = Network("hybrid", input: [4, 2, 2]) {
      Conv2D(4, kernel: 1, bias: false)
      Dense(4, bias: false)
    }
    let placed = try PlacedNetwork(
      network.graph(), mesh: Mesh(data: 1, model: 2), parallelism: .hybrid)
    func crossing(pieces: Int, denseSeconds: Double) -> Double {
      StepPrediction(
        placed, StepSetting(batchSize: 8, pieces: pieces), link: link,
        times: { images in
          LayerTimes(images: images, forward: [0, denseSeconds], backward: [0, 0], update: 0)
        }
      ).crossingSeconds
    }
    // 4 images of 16 features, there and back; two logits of 8 images.
    let (transfer, logits) = (0.256, 0.064)
    expectEqual(crossing(pieces: 1, denseSeconds: 1000), 2 * (10 + transfer) + 10 + logits)
    let four = 40 + transfer
    expectEqual(crossing(pieces: 4, denseSeconds: 1000), 2 * four / 4 + 40 + logits)
    // Half of the layer's 8 s are one device's; half of these hide each way.
    expectEqual(crossing(pieces: 4, denseSeconds: 8), 2 * (four - 0.75 * 2) + 40 + logits)
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
