import Synchronization
import TandemInsight
import TandemTraining

/// What a page tells of a training: its present place, its curves, what was changed. The training
/// adds to it, any thread may ask.
package final class LiveCourse: Sendable {
  /// What a training does.
  package enum Phase: String, Sendable {
    case starting, training, evaluating, paused, finished, failed
  }

  private enum RateInForce: Sendable {
    case factor(Float)
    case value(Float)
  }

  /// All but the curve's points.
  private struct Facts {
    var phase = Phase.starting
    var start: TrainingStart?
    var last: StepRecord?
    var losses = StepLosses()
    var secondsBefore = 0.0
    var epochBefore = 0
    var epochs: [EpochRecord] = []
    var changes: [TrainingChange] = []
    var warnings: [String] = []
    var checkpointStep: Int?
    var ending: String?
    /// What the schedule's rate is multiplied with, or what takes its place.
    var rateWords = "of the schedule"
    var rate: RateInForce = .factor(1)
    var momentum: Double?

    /// What a step adds to the curve.
    mutating func point(_ step: StepRecord) -> StepRing.Point {
      let own = losses.add(step)
      let before = step.epoch == epochBefore ? secondsBefore : 0
      epochBefore = step.epoch
      secondsBefore = step.secondsInEpoch
      return StepRing.Point(
        step: step.step, loss: own.loss, top1: own.top1, learningRate: step.learningRate,
        images: step.images, seconds: max(0, step.secondsInEpoch - before))
    }
  }

  private struct State {
    var facts = Facts()
    var ring: StepRing
  }

  private let state: Mutex<State>
  /// How long the training was kept by what it does for the page.
  private let publishingNanoseconds = Atomic<UInt64>(0)
  /// Of changes and warnings that are kept.
  private static let mostLines = 200

  package init(capacity: Int = 2048) {
    state = Mutex(State(ring: StepRing(capacity: capacity)))
  }

  // MARK: The training's side

  /// Takes an event in; of a step a few numbers.
  package func note(_ event: TrainingEvent) {
    state.withLock { all in
      if case .stepFinished(let step) = event { all.ring.append(all.facts.point(step)) }
      Self.note(event, &all.facts)
    }
  }

  private static func note(_ event: TrainingEvent, _ state: inout Facts) {
    switch event {
    case .started(let start):
      state.start = start
      state.epochs = start.previousEpochs
      state.phase = .training
    case .warning(let text): keep(text, &state.warnings)
    case .stepFinished(let step):
      state.last = step
      state.phase = .training
    case .evaluationStarted: state.phase = .evaluating
    case .epochFinished(let record): state.epochs.append(record)
    case .changed(let change): note(change, &state)
    case .checkpointWritten: state.checkpointStep = state.last?.step
    case .finished(let result):
      state.phase = .finished
      state.ending = result.ending.rawValue
    }
  }

  private static func note(_ change: TrainingChange, _ state: inout Facts) {
    keep(change, &state.changes)
    switch change.action {
    case .pause: state.phase = .paused
    case .goOn: state.phase = .training
    case .save, .stop, nil: break
    }
    if let rate = change.learningRate {
      state.rate = .value(rate)
      state.rateWords = "set to \(rate)"
    }
    if let factor = change.learningRateFactor {
      state.rate = .factor(factor)
      state.rateWords = factor == 1 ? "of the schedule" : "of the schedule × \(factor)"
    }
    state.momentum = change.momentum ?? state.momentum
  }

  private static func keep<Element>(_ element: Element, _ list: inout [Element]) {
    if list.count == mostLines { list.removeFirst() }
    list.append(element)
  }

  /// Adds to the time that the training has spent on the page.
  func notePublishing(nanoseconds: UInt64) {
    publishingNanoseconds.wrappingAdd(nanoseconds, ordering: .relaxed)
  }

  /// The changes of a run that goes on, which are in force.
  package func begin(changes: [TrainingChange], momentum: Double?) {
    state.withLock { state in
      state.facts.momentum = momentum
      for change in changes { Self.note(change, &state.facts) }
    }
  }

  /// Notes that the training has ended by an error.
  package func fail(_ words: String) {
    state.withLock { state in
      state.facts.phase = .failed
      state.facts.ending = words
    }
  }

  /// What is asked for where the rate is to be so many times the present one, and in words.
  func multiplied(by factor: Float) -> (TrainingControl.Request, String) {
    switch state.withLock({ $0.facts.rate }) {
    case .value(let rate):
      (.learningRate(rate * factor), "the learning rate \(rate * factor)")
    case .factor(let before):
      (
        .learningRateFactor(before * factor),
        "the schedule's learning rate × \(before * factor)"
      )
    }
  }

  package var phase: Phase { state.withLock { $0.facts.phase } }

  /// The place of the last step.
  package var last: StepRecord? { state.withLock { $0.facts.last } }

  /// Of the layers over steps; nil where they are not measured.
  var layers: LayerCurves? { Self.layers(state.withLock { $0.facts.epochs }) }

  private static func layers(_ epochs: [EpochRecord]) -> LayerCurves? {
    LayerCurves(epochs.map { LayerCurves.Place(Double($0.step), $0.layers ?? []) })
  }

  // MARK: The page's side

  /// What a page has seen already.
  package struct Seen: Hashable, Sendable {
    var generation = 0
    var points = 0
    var epochs = 0

    /// - Parameter text: `generation.points.epochs`; what is no such text has seen nothing.
    package init(_ text: String? = nil) {
      let numbers = (text ?? "").split(separator: ".").compactMap { Int($0) }
      guard numbers.count == 3 else { return }
      (generation, points, epochs) = (numbers[0], numbers[1], numbers[2])
    }
  }

  /// The members of an object of JSON that tells a page what it has not seen.
  package func news(since seen: Seen) -> [String] {
    // Of the points only the new ones are copied while the training may wait.
    let (state, seenPoints, from, stride, points) = state.withLock { all in
      let (from, points) = all.ring.news(since: seen.points, of: seen.generation)
      return (
        all.facts, "\(all.ring.generation).\(all.ring.points.count)", from, all.ring.stride,
        Array(points)
      )
    }
    let fromEpoch = (0...state.epochs.count).contains(seen.epochs) ? seen.epochs : 0
    var members = [
      "\"phase\":\"\(state.phase.rawValue)\"",
      "\"seen\":\"\(seenPoints).\(state.epochs.count)\"",
      "\"from\":\(from)", "\"fromEpoch\":\(fromEpoch)", "\"stride\":\(stride)",
      "\"points\":" + Self.json(points),
      "\"epochs\":" + JSONText.array(state.epochs[fromEpoch...].map(Self.json)),
      "\"rate\":{\"words\":\(JSONText.string(state.rateWords)),"
        + "\"momentum\":\(JSONText.number(state.momentum))}",
      "\"changes\":" + JSONText.array(state.changes.suffix(20).map { JSONText.string("\($0)") }),
      "\"changeCount\":\(state.changes.count)",
      "\"warnings\":" + JSONText.array(state.warnings.suffix(5).map { JSONText.string($0) }),
      "\"checkpoint\":\(state.checkpointStep.map { "\($0)" } ?? "null")",
      "\"ending\":\(JSONText.string(state.ending))",
      "\"publishingSeconds\":"
        + "\(Double(publishingNanoseconds.load(ordering: .relaxed)) / 1e9)",
      "\"layerCurves\":\(JSONText.string(Self.layers(state.epochs)?.extent))",
    ]
    if let last = state.last { members.append("\"last\":" + Self.json(last)) }
    if let start = state.start { members.append("\"run\":" + Self.json(start)) }
    return members
  }

  static func json(_ points: [StepRing.Point]) -> String {
    var text = "["
    text.reserveCapacity(64 * points.count)
    for point in points {
      if text.utf8.count > 1 { text += "," }
      text += "[\(point.step),\(short(point.loss)),\(short(point.top1)),"
      text += "\(JSONText.number(point.learningRate)),\(short(point.imagesPerSecond))]"
    }
    return text + "]"
  }

  /// With five digits, which is more than a curve shows.
  private static func short(_ value: Double) -> String {
    JSONText.number(Float(value))
  }

  private static func json(_ record: EpochRecord) -> String {
    JSONText.array([
      "\(record.epoch)", "\(record.step)", JSONText.number(record.trainLoss),
      JSONText.number(record.trainTop1), JSONText.number(record.testLoss),
      JSONText.number(record.testTop1), JSONText.number(record.imagesPerSecond),
      JSONText.number(record.learningRate),
    ])
  }

  private static func json(_ step: StepRecord) -> String {
    JSONText.object([
      "epoch": "\(step.epoch)", "epochs": "\(step.epochs)", "stepInEpoch": "\(step.stepInEpoch)",
      "stepsPerEpoch": "\(step.stepsPerEpoch)", "step": "\(step.step)",
      "learningRate": JSONText.number(step.learningRate), "loss": JSONText.number(step.loss),
      "top1": JSONText.number(step.top1),
    ])
  }

  private static func json(_ start: TrainingStart) -> String {
    JSONText.object([
      "network": JSONText.string(start.network), "dataset": JSONText.string(start.dataset),
      "parameters": "\(start.trainableParameters)", "trainImages": "\(start.trainImages)",
      "measuredPart": JSONText.string(EpochRecord.word(start.measuredPart)),
      "optimizer": JSONText.string(start.optimizer), "batchSize": "\(start.batchSize)",
      "epochs": "\(start.epochs)", "stepsPerEpoch": "\(start.stepsPerEpoch)",
      "ranks": "\(start.ranks)", "workers": "\(start.workers)",
    ])
  }
}
