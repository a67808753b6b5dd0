import TandemProcess
import Testing

/// What terminals say of themselves.
@Suite struct TerminalAnswerTests {
  private func answer(_ text: String) -> TerminalAnswer? { TerminalAnswer(Array(text.utf8)) }

  @Test func attributesAreTheEnd() {
    let kitty = "\u{1B}_Gi=31;OK\u{1B}\\"
    let size = "\u{1B}[4;600;800t"
    for text in ["", kitty, kitty + size, kitty + "\u{1B}[?62;4"] { #expect(answer(text) == nil) }
    #expect(answer(kitty + size + "\u{1B}[?62;4c")?.graphics == .kitty)
    #expect(answer(kitty + size + "\u{1B}[?62c")?.pixelWidth == 800)
    // Keys that somebody has pressed are no answer.
    #expect(answer("ls\r" + size + "\u{1B}[?62;4;22c")?.graphics == .sixel)
  }

  /// xterm -ti vt340, foot, Windows Terminal, tmux; and xterm, Linux's console, VTE.
  @Test func sixelsAreAnAttribute() {
    for text in ["?63;1;2;4;6;9;15;22c", "?62;4;22c", "?61;4;6;7;14;21;22;23c", "?1;2;4c"] {
      #expect(answer("\u{1B}[\(text)")?.graphics == .sixel, "\(text)")
    }
    // 4 in front is a class of terminals, and 14 and 44 are other attributes.
    for text in ["?64;1;2;6;22c", "?6c", "?65;1;9c", "?4;6c", "?62;14;44c", "?c"] {
      #expect(answer("\u{1B}[\(text)") != nil)
      #expect(answer("\u{1B}[\(text)")?.graphics == nil, "\(text)")
    }
  }

  @Test func othersAnswersAreNotTakenForKittys() {
    let attributes = "\u{1B}[?62c"
    for text in ["\u{1B}_Gi=31;ENOTSUPPORTED:no\u{1B}\\", "\u{1B}_Gi=30;OK\u{1B}\\", ""] {
      #expect(answer(text + attributes)?.graphics == nil)
    }
    #expect(answer("\u{1B}[4;0;0t" + attributes)?.pixelWidth == nil)
    #expect(answer("\u{1B}[4;1;99999999999999999999t" + attributes)?.pixelWidth == nil)
  }
}
