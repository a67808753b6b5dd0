import TandemCollectives
import TandemExecution

/// Notes what a worker is doing in a step, for messages to other ranks.
///
/// Ownership: belongs to one worker and stays on its thread; the board is for all.
final class StepActivity {
  /// 1-based.
  var step = 0
  private let board: ActivityBoard

  init(_ board: ActivityBoard) {
    self.board = board
  }

  func note(_ pass: Replica.Pass, node: Int) {
    board.set(pass == .forward ? .forward : .backward, step: step, node: node)
  }

  func note(_ phase: ActivityBoard.Phase) { board.set(phase, step: step) }
}
