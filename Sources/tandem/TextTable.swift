/// A table for terminals: a header, a rule, and rows in columns as wide as their widest cell.
struct TextTable {
  enum Alignment {
    case left, right
  }

  var columns: [(title: String, alignment: Alignment)]
  var rows: [[String]] = []

  init(_ columns: (title: String, alignment: Alignment)...) {
    self.columns = columns
  }

  mutating func add(_ cells: String...) {
    precondition(cells.count == columns.count)
    rows.append(cells)
  }

  func text() -> String {
    let widths = columns.indices.map { column in
      max(columns[column].title.count, rows.map { $0[column].count }.max() ?? 0)
    }
    func line(_ cells: [String]) -> String {
      let padded = columns.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - cells[column].count)
        return columns[column].alignment == .left ? cells[column] + space : space + cells[column]
      }
      let text = padded.joined(separator: "  ")
      return String(text.reversed().drop(while: { $0 == " " }).reversed())
    }
    let rule = String(repeating: "─", count: widths.reduce(0, +) + 2 * (widths.count - 1))
    let header = columns.contains { !$0.title.isEmpty } ? [line(columns.map(\.title)), rule] : []
    return (header + rows.map(line)).joined(separator: "\n")
  }
}
