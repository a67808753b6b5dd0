import TandemNetwork

/// The clock of one device and of its link, which work side by side.
struct StepSimulation {
  private let link: NetworkLink
  private let setting: ExchangeSetting
  private(set) var now = 0.0
  /// When everything is sent that was handed to the link.
  private(set) var networkFree = 0.0
  private(set) var computed = 0.0
  private(set) var crossed = 0.0
  private(set) var updated = 0.0
  /// What is exchanged next in one go.
  private var pending = GradientCost()
  /// What is exchanged only when backward is over.
  private var held: [GradientCost] = []
  /// Buckets whose gradients are sent: when these are with their owners, who update then.
  private var arrivals: [(time: Double, bucket: GradientCost)] = []

  init(link: NetworkLink, _ setting: ExchangeSetting) {
    self.link = link
    self.setting = setting
  }

  /// Computes, with interruptions for updates.
  mutating func compute(_ seconds: Double) {
    var rest = seconds
    while !setting.needsWholeGradients, let first = arrivals.first, first.time <= now + rest {
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
    let seconds = seconds(transfer)
    if networkFree > now {
      networkFree += seconds
      for index in arrivals.indices where arrivals[index].time > now {
        arrivals[index].time += seconds
      }
    }
    now += seconds
    crossed += seconds
  }

  /// Gradients of a parameter are ready.
  mutating func finish(_ gradients: GradientCost, endsBucket: Bool) {
    pending += gradients
    guard endsBucket else { return }
    held.append(pending)
    pending = GradientCost()
    if setting.overlaps { sendHeld() }
  }

  /// Backward is over: waits until everything is sent, updated and returned.
  mutating func end() {
    sendHeld()
    if setting.needsWholeGradients, let last = arrivals.last { now = max(now, last.time) }
    while let first = arrivals.first {
      now = max(now, first.time)
      updateFirst()
    }
  }

  private mutating func sendHeld() {
    for bucket in held {
      if bucket.sent.messages > 0 { networkFree = max(now, networkFree) + seconds(bucket.sent) }
      arrivals.append((bucket.sent.messages > 0 ? networkFree : now, bucket))
    }
    held = []
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
