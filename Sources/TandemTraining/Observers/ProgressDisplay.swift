import Foundation
import TandemProcess

/// The way of showing progress that suits where it goes.
public enum ProgressDisplay {
  /// A progress bar if `output` is a terminal that can redraw a line, else plain lines.
  public static func automatic(output: FileHandle = .standardError) -> any TrainingObserver {
    MessageStream(descriptor: output.fileDescriptor).isTerminal
      ? ProgressBar(output: output) : PlainProgress(output: output)
  }
}
