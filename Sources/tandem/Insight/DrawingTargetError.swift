import TandemProcess

/// A drawing that was to be shown in the terminal only, which does not.
struct DrawingTargetError: Error, CustomStringConvertible {
  let refusal: TerminalScreen.Refusal

  var description: String {
    "the drawing cannot be shown: \(refusal.words); name a file for it with --output"
  }
}
