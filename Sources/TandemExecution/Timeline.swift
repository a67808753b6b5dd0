import Dispatch

/// What one thread did when: the phases of its steps one after the other and, if that is asked for,
/// what they are made of.
///
/// Times are nanoseconds of the host's clock, the same for all its processes.
///
/// Safe to share: written by one thread in a region of a team, read by others after the region.
package final class Timeline: @unchecked Sendable {
  package enum Detail: Hashable, Sendable {
    /// A few spans a step.
    case phases
    /// Phases and every operator; for a thread that exchanges gradients, the stages of every
    /// bucket.
    case operators
  }

  package enum Activity: Hashable, Sendable {
    /// Phases. Waiting for the mini-batch:
    case data
    case forward
    case backward
    /// The time from the end of backward to the end of the step, with all activities inside of it.
    case exchange

    /// Parameters follow their gradient.
    case update
    /// A part of the gradient of weights is computed from its factors: of the weights at this place
    /// in `Plan.factored`, over the images of the whole step.
    case weightGradient(Int, elements: Int, images: Int)
    /// An instruction of the plan for so many images, by its place in `Plan.report`.
    case instruction(Int, images: Int)
    /// A bucket of gradients is in a stage of its exchange.
    case bucket(Int, stage: String)
  }

  package struct Span: Hashable, Sendable {
    package let activity: Activity
    /// 1-based.
    package let step: Int
    package let begin: UInt64
    package var end: UInt64
    /// How much of it the activity took: all, but for updates, between which gradients are added
    /// up.
    package var nanoseconds: UInt64

    package init(
      _ activity: Activity, step: Int, begin: UInt64, end: UInt64, nanoseconds: UInt64? = nil
    ) {
      self.activity = activity
      self.step = step
      self.begin = begin
      self.end = end
      self.nanoseconds = nanoseconds ?? end - begin
    }
  }

  package let detail: Detail
  package private(set) var spans: [Span] = []
  /// The step, 1-based, that spans belong to from now on.
  package var step = 0
  private var phase: (activity: Activity, begin: UInt64)?

  package init(_ detail: Detail) {
    self.detail = detail
    // Growing in the midst of a step would show in its time.
    spans.reserveCapacity(detail == .phases ? 1 << 11 : 1 << 15)
  }

  /// A timeline that is complete.
  package init(_ detail: Detail, spans: [Span]) {
    self.detail = detail
    self.spans = spans
  }

  package static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }

  /// Begins a phase and ends the one before; goes on with a phase that is the same.
  package func enter(_ activity: Activity) {
    if phase?.activity == activity { return }
    let now = Self.now
    if let phase { append(phase.activity, from: phase.begin, to: now) }
    phase = (activity, now)
  }

  /// Ends the phase.
  package func leave() {
    if let phase { append(phase.activity, from: phase.begin, to: Self.now) }
    phase = nil
  }

  /// Notes something that began at `begin` and is over.
  package func add(_ activity: Activity, from begin: UInt64) {
    append(activity, from: begin, to: Self.now)
  }

  /// The same of one of the many small pieces of an update: one span for those that follow each
  /// other.
  package func addUpdate(from begin: UInt64) {
    let end = Self.now
    if let last = spans.last, last.activity == .update, last.step == step,
      begin - last.end < Self.gapOfUpdates
    {
      spans[spans.count - 1].end = end
      spans[spans.count - 1].nanoseconds += end - begin
    } else {
      append(.update, from: begin, to: end)
    }
  }

  /// Adding up the gradients of a piece takes less.
  private static let gapOfUpdates: UInt64 = 100_000

  private func append(_ activity: Activity, from begin: UInt64, to end: UInt64) {
    spans.append(Span(activity, step: step, begin: begin, end: end))
  }
}
