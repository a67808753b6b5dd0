import TandemNetwork

/// What a training step of a placed network would take, by a stated model:
///
/// - A device computes a layer in the time that one worker of this machine was measured to take for as
///   many images, times its share of the output channels.
/// - A message takes a latency and bytes / bandwidth; a device sends and receives at the same time.
/// - Crossings hold up everybody: forward before the first layer that reads them, backward behind it. With
///   several pieces, gathering the images of one hides behind computing another.
/// - Gradients are sent bucket by bucket as backward finishes them, while it goes on; crossings go first.
/// - A device updates its share of a bucket when the gradients are there, and computes nothing meanwhile;
///   then the parameters are sent.
///
/// Of all devices the first one is looked at: where images cannot be divided evenly, it has the most.
public struct StepPrediction: Hashable, Codable, Sendable {
  /// Of the whole step.
  public let seconds: Double
  /// Of computing layers, forward and backward.
  public let computeSeconds: Double
  /// Of crossings, those of outputs before the losses among them, as far as nothing hides them.
  public let crossingSeconds: Double
  /// When a device neither computes nor updates, because gradients or parameters are under way.
  public let exposedGradientSeconds: Double
  public let updateSeconds: Double
  public let imagesPerSecond: Double
  /// By the device, of everything.
  public let bytesSent: Int
  public let crossings: Int
  /// In the order of the network.
  public let layers: [LayerCost]

  /// What one layer costs a device.
  public struct LayerCost: Hashable, Codable, Sendable {
    public let name: String
    public let placement: Placement
    /// Forward and backward.
    public let computeSeconds: Double
    /// Sent by the device, there and back: gradients of the layer's parameters, and activations that cross
    /// before it.
    public let gradientBytesSent: Int
    public let crossingBytesSent: Int
    /// Of sending these, if nothing hid it.
    public let wireSeconds: Double

    public var bytesSent: Int { gradientBytesSent + crossingBytesSent }
    /// Computing and sending.
    public var seconds: Double { computeSeconds + wireSeconds }
  }

  /// - Parameters:
  ///   - times: of so many images, all that a device computes at once with this placement.
  ///   - bucketBytes: from which on gradients are sent in one go.
  public init(
    _ placed: PlacedNetwork, _ step: StepSetting, link: NetworkLink,
    firstBucketBytes: Int = 1 << 20, bucketBytes: Int = 25 << 20,
    times: @escaping (Int) -> LayerTimes
  ) {
    let costs = CostModel(placed, step, link: link, times: times)
    var clock = StepSimulation(
      link: link, firstBucketBytes: firstBucketBytes, bucketBytes: bucketBytes)
    for node in placed.graph.nodes {
      for crossing in costs.crossings(before: node) { clock.cross(costs.forward(crossing)) }
      clock.compute(costs.compute(node).forward)
    }
    for output in costs.outputs { clock.cross(output) }
    for node in placed.graph.nodes.reversed() {
      clock.compute(costs.compute(node).backward)
      clock.finish(costs.gradients(node))
      for crossing in costs.crossings(before: node).reversed() {
        clock.cross(costs.backward(crossing))
      }
    }
    clock.end()

    let load = DeviceLoad(placed, part: 0, member: 0, step)
    computeSeconds = clock.computed
    crossingSeconds = clock.crossed
    updateSeconds = clock.updated
    seconds = max(clock.now, clock.networkFree)
    exposedGradientSeconds = max(0, seconds - computeSeconds - crossingSeconds - updateSeconds)
    imagesPerSecond = Double(step.batchSize) / seconds
    bytesSent = load.bytesSent
    crossings = placed.crossings.count
    layers = placed.graph.nodes.map { costs.cost($0) }
  }

  /// The numbers of images for which times are needed: of layers of either placement.
  public static func imageCounts(_ placed: PlacedNetwork, _ step: StepSetting) -> Set<Int> {
    let division = ImageDivision(placed.mesh, batchSize: step.batchSize)
    return Set(placed.layers.map { $0.output.images(division, part: 0, member: 0) })
  }
}

/// Something to send: in so many messages one after the other, so many bytes.
struct Transfer: Hashable {
  var messages = 0
  var bytes = 0
  /// Of which so many seconds hide behind computing.
  var hidden = 0.0
}

/// What becomes of the gradients of some parameters.
struct GradientCost {
  /// To the owners of slices.
  var sent = Transfer()
  /// From them, when they have updated the parameters.
  var returned = Transfer()
  /// Of the device's own slice.
  var updateSeconds = 0.0
}

/// The clock of one device and of its link, which work side by side.
struct StepSimulation {
  private let link: NetworkLink
  private let firstBucketBytes: Int
  private let bucketBytes: Int
  private(set) var now = 0.0
  /// When everything is sent that was handed to the link.
  private(set) var networkFree = 0.0
  private(set) var computed = 0.0
  private(set) var crossed = 0.0
  private(set) var updated = 0.0
  private var bucket = GradientCost()
  private var buckets = 0
  /// Buckets whose gradients are sent: when these are with their owners, who update then.
  private var arrivals: [(time: Double, bucket: GradientCost)] = []

  init(link: NetworkLink, firstBucketBytes: Int, bucketBytes: Int) {
    self.link = link
    self.firstBucketBytes = firstBucketBytes
    self.bucketBytes = bucketBytes
  }

  /// Computes, with interruptions for updates.
  mutating func compute(_ seconds: Double) {
    var rest = seconds
    while let first = arrivals.first, first.time <= now + rest {
      let before = max(0, first.time - now)
      now += before
      rest -= before
      updateFirst()
    }
    now += rest
    computed += seconds
  }

  /// The device waits; gradients under way have to wait too.
  mutating func cross(_ transfer: Transfer) {
    let all = link.seconds(messages: transfer.messages, bytes: transfer.bytes)
    let seconds = max(0, all - transfer.hidden)
    if networkFree > now {
      networkFree += seconds
      for index in arrivals.indices where arrivals[index].time > now {
        arrivals[index].time += seconds
      }
    }
    now += seconds
    crossed += seconds
  }

  /// Gradients are ready to be sent; a bucket's messages are those of one layer.
  mutating func finish(_ gradients: GradientCost) {
    bucket.sent.bytes += gradients.sent.bytes
    bucket.sent.messages = max(bucket.sent.messages, gradients.sent.messages)
    bucket.returned.bytes += gradients.returned.bytes
    bucket.returned.messages = max(bucket.returned.messages, gradients.returned.messages)
    bucket.updateSeconds += gradients.updateSeconds
    // Of parameters, however their gradients are sent.
    let bytes = bucket.sent.bytes + bucket.returned.bytes
    if bytes >= (buckets == 0 ? firstBucketBytes : bucketBytes) { flush() }
  }

  /// Backward is over: waits until everything is sent, updated and returned.
  mutating func end() {
    flush()
    while let first = arrivals.first {
      now = max(now, first.time)
      updateFirst()
    }
  }

  private mutating func flush() {
    if bucket.sent.messages > 0 {
      networkFree = max(now, networkFree) + seconds(bucket.sent)
      arrivals.append((networkFree, bucket))
    } else {
      arrivals.append((now, bucket))
    }
    bucket = GradientCost()
    buckets += 1
  }

  private mutating func updateFirst() {
    let bucket = arrivals.removeFirst().bucket
    now += bucket.updateSeconds
    updated += bucket.updateSeconds
    if bucket.returned.messages > 0 {
      networkFree = max(now, networkFree) + seconds(bucket.returned)
    }
  }

  private func seconds(_ transfer: Transfer) -> Double {
    link.seconds(messages: transfer.messages, bytes: transfer.bytes)
  }
}
