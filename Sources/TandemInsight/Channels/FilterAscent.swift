import TandemData
import TandemImage
import TandemNetwork
import TandemTensor
import TandemTraining

/// What a filter looks for: an image that is changed, from grey noise on, so that the mean of the
/// filter's outputs grows (Erhan and others 2009; Simonyan and others 2013,
/// https://arxiv.org/abs/1312.6034). Against patterns of single pixels the image is moved by a few
/// pixels before each step and blurred now and then, and drawn back to grey a little (Mordvintsev
/// and others 2015; Yosinski and others 2015, https://arxiv.org/abs/1506.06579).
///
/// Each filter's image depends on nothing but the seed, the filter and the settings.
package struct FilterAscent: Sendable {
  /// Side of the square images in pixels.
  package var side: Int
  /// Steps of the ascent.
  package var steps: Int
  package var seed: UInt64
  /// Of the normalised gradient, in standard deviations of the network's images.
  private static let rate: Float = 0.12
  /// The most that the image is moved, as a part of its side.
  private static let jitter = 16
  /// Steps from one blur to the next.
  private static let blurInterval = 4
  /// How much of its distance from grey the image keeps in a step.
  private static let kept: Float = 0.99

  package init(side: Int, steps: Int, seed: UInt64) {
    self.side = side
    self.steps = steps
    self.seed = seed
  }

  /// What came of one filter.
  package struct Result: Sendable {
    package let filter: Int
    package let picture: Picture
    /// The mean of the filter's outputs for the noise and for the image.
    package let before: Float
    package let after: Float
    /// Whether the filter never answered, so that there was no way up.
    package var isDead: Bool { before == after }
  }

  /// - Parameters:
  ///   - inspector: whose output is the layer, with the gradient of the image.
  ///   - filters: channels of the layer.
  ///   - normalization: of the network's images.
  /// - Throws: `InsightError.noFilter`, `ExecutionError`, `MemoryError`.
  package func run(
    _ inspector: Inspector, layer: String, filters: [Int], normalization: Normalization
  ) throws -> [Result] {
    let shape = inspector.graph.outputShape
    for filter in filters where !(0..<shape[0]).contains(filter) {
      throw InsightError.noFilter(number: filter, layer: layer, filters: shape[0])
    }
    return try inspector.map(filters.count) { index, probe in
      try climb(probe, filter: filters[index], normalization)
    }
  }

  private func climb(
    _ probe: LayerProbe, filter: Int, _ normalization: Normalization
  ) throws -> Result {
    let output = probe.graph.outputShape
    let places = output.elementCount / output[0]
    var weights = [Float](repeating: 0, count: output.elementCount)
    for place in 0..<places { weights[filter * places + place] = 1 / Float(places) }
    func mean(_ outputs: [Float]) -> Float {
      Float(
        outputs[filter * places..<(filter + 1) * places].reduce(0.0) { $0 + Double($1) }
          / Double(places))
    }
    var random = CounterRandom(seed: seed, purpose: .inspection).sequence(UInt32(filter), 1)
    var image = AscentImage(shape: probe.graph.inputShape, normalization) {
      0.5 + 0.1 * (random.uniform() - 0.5)
    }
    let before = mean(try probe.forward(image.pixels))
    let most = max(1, side / Self.jitter)
    for step in 0..<steps {
      let down = Int(random.nextWord() % UInt32(2 * most + 1)) - most
      let right = Int(random.nextWord() % UInt32(2 * most + 1)) - most
      image.roll(down: down, right: right)
      _ = try probe.forward(image.pixels)
      try probe.backward(from: weights)
      image.climb(probe.imageGradient().elements, rate: Self.rate)
      image.roll(down: -down, right: -right)
      image.fade(keeping: Self.kept)
      if step % Self.blurInterval == Self.blurInterval - 1, step < steps - 1 { image.blur() }
      image.clamp()
    }
    return Result(
      filter: filter, picture: image.picture, before: before,
      after: mean(try probe.forward(image.pixels)))
  }
}
