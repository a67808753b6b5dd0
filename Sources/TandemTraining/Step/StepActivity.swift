import TandemCollectives
import TandemExecution

/// Notes what a worker is doing in a step, for messages to other ranks and for its timeline.
///
/// Ownership: belongs to one worker and stays on its thread; the board is for all.
final class StepActivity {
  /// 1-based.
  var step = 0 {
    didSet { timeline?.step = step }
  }
  /// nil where nobody asks where the time goes.
  let timeline: Timeline?
  private let board: ActivityBoard

  init(_ board: ActivityBoard, timeline: Timeline?) {
    self.board = board
    self.timeline = timeline
  }

  func note(_ pass: Replica.Pass, node: Int) {
    board.set(pass == .forward ? .forward : .backward, step: step, node: node)
  }

  func noteWaitingForData() {
    board.set(.waitingForData, step: step)
    timeline?.enter(.data)
  }

  func noteExchanging() {
    board.set(.exchanging, step: step)
    timeline?.enter(.exchange)
  }

  func noteEndOfStep() { timeline?.leave() }
}
