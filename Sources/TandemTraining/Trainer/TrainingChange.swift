/// Something that was changed, or asked for, while a training ran (`TrainingControl`), and the step
/// from which it holds. With a run's changes the run can be repeated bit for bit.
public struct TrainingChange: Codable, Hashable, Sendable {
  /// What was asked for besides. It changes no weights.
  public enum Action: String, Codable, Sendable {
    case pause, save, stop
    case goOn = "continue"
  }

  /// The first step that is made with it, counted from 1 over the whole training.
  public let step: Int
  /// The learning rate from then on, in place of the schedule's.
  public var learningRate: Float?
  /// What the schedule's learning rate is multiplied with from then on.
  public var learningRateFactor: Float?
  /// The optimizer's momentum from then on.
  public var momentum: Double?
  public var action: Action?

  public init(
    step: Int, learningRate: Float? = nil, learningRateFactor: Float? = nil,
    momentum: Double? = nil, action: Action? = nil
  ) {
    self.step = step
    self.learningRate = learningRate
    self.learningRateFactor = learningRateFactor
    self.momentum = momentum
    self.action = action
  }

  /// Whether the steps after it come to other weights.
  public var changesWeights: Bool {
    learningRate != nil || learningRateFactor != nil || momentum != nil
  }
}

extension TrainingChange: CustomStringConvertible {
  /// `from step 120 on: learning rate of the schedule × 0.5`
  public var description: String {
    let words = [
      learningRate.map { "learning rate \($0)" },
      learningRateFactor.map { "learning rate of the schedule × \($0)" },
      momentum.map { "momentum \($0)" },
    ].compactMap(\.self)
    if !words.isEmpty { return "from step \(step) on: " + words.joined(separator: ", ") }
    let before = "before step \(step): "
    return switch action {
    case .pause: before + "paused"
    case .goOn: before + "continued"
    case .save: before + "asked for a checkpoint"
    case .stop: before + "asked to stop"
    case nil: before + "no change"
    }
  }
}

extension [TrainingChange] {
  /// The learning rate with the changes that were made so far.
  func learningRate(scheduled: Float) -> Float {
    let last = last { $0.learningRate != nil || $0.learningRateFactor != nil }
    guard let last else { return scheduled }
    return last.learningRate ?? scheduled * (last.learningRateFactor ?? 1)
  }

  /// The momentum that they have set at last; nil for none.
  var momentum: Double? { last { $0.momentum != nil }?.momentum }
}
