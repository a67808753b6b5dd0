import TandemInsight
import Testing

/// Curves of characters.
@Suite struct TerminalPlotTests {
  private func panel(_ lines: [[Double]]) -> PlotPanel {
    PlotPanel(
      title: "Loss", xLabel: "epoch", yLabel: "loss",
      series: lines.enumerated().map { number, values in
        PlotSeries(
          "line \(number)",
          values.enumerated().map { PlotSeries.Point(Double($0 + 1), $1) }, colour: number)
      })
  }

  @Test func aRisingLineRises() {
    let lines = TerminalPlot(panel([[0, 1]]), style: .dots).lines(columns: 26, rows: 4)
    // Title, four rows, the axis, the name.
    #expect(lines.count == 7 && lines[0] == "Loss")
    #expect(lines[1].hasPrefix("       1│") && lines[4].hasPrefix("       0│"))
    let columns = lines[1...4].map { line in
      line.drop { $0 != "│" }.dropFirst().enumerated().filter { $0.element != " " }.map(\.offset)
    }
    #expect(columns[3].first == 0 && columns[0].last == 15)
    #expect(columns.allSatisfy { !$0.isEmpty } && columns[3].last ?? 99 <= columns[0].first ?? 0)
    let gaps = [9, 14].map { String(repeating: " ", count: $0) }
    #expect(lines[5] == gaps[0] + "1" + gaps[1] + "2")
    #expect(lines[6] == "         ⣀ line 0 1")
  }

  @Test func severalLinesCanBeToldApart() {
    let both = panel([[0, 1], [1, 0]])
    let marks = TerminalPlot(both, style: .dots).lines(columns: 40, rows: 5).joined(separator: "\n")
    #expect(marks.contains("●") && marks.contains("○") && !marks.contains("\u{1B}"))
    let plain = TerminalPlot(both, style: .plain).lines(columns: 40, rows: 5)
      .joined(separator: "\n")
    #expect(plain.utf8.allSatisfy { $0 < 128 } && plain.contains("*") && plain.contains("o"))
    let colours = TerminalPlot(both, style: .colouredDots).lines(columns: 40, rows: 5)
      .joined(separator: "\n")
    #expect(colours.contains("\u{1B}[34m") && colours.contains("\u{1B}[33m"))
  }

  @Test(arguments: [10, 24, 40, 80, 200])
  func linesFit(columns: Int) {
    let lines = TerminalPlot(panel([[3, 1, 2, 5], [2, 2, 2, 2]]), style: .plain)
      .lines(columns: columns, rows: 6)
    #expect(lines.allSatisfy { $0.count <= max(24, columns) }, "\(lines)")
  }

  @Test func oddNumbersDoNoHarm() {
    #expect(
      TerminalPlot(panel([[]]), style: .dots).lines(columns: 40, rows: 4)
        == ["Loss: not measured"])
    for values in [[0.5], [2, 2, 2], [.nan, 1], [1e-300, 1e300], [0, -1]] {
      let lines = TerminalPlot(panel([values]), style: .dots).lines(columns: 40, rows: 4)
      #expect(lines.count == 7, "\(values)")
    }
  }

  @Test func stylesFollowTheTerminal() {
    let unicode = ["LC_ALL": "C.UTF-8", "TERM": "xterm"]
    #expect(TerminalPlot.style(isTerminal: true, unicode) == .colouredDots)
    #expect(TerminalPlot.style(isTerminal: false, unicode) == .dots)
    #expect(
      TerminalPlot.style(isTerminal: true, unicode.merging(["NO_COLOR": "1"]) { $1 }) == .dots)
    #expect(
      TerminalPlot.style(isTerminal: true, unicode.merging(["TERM": "dumb"]) { $1 }) == .plain)
    #expect(TerminalPlot.style(isTerminal: true, ["LC_ALL": "C"]) == .plain)
  }
}
