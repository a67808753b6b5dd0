import TandemProcess

/// Columns of text between rules, for terminals. Cells may come from files; see `String.tableCell`.
package struct TextTable {
  package enum Column {
    case left(String)
    case right(String)
  }

  package var columns: [Column]
  /// Each as long as `columns`.
  package var rows: [[String]]

  package init(columns: [Column], rows: [[String]] = []) {
    self.columns = columns
    self.rows = rows
  }

  package var text: String {
    let rows = rows.map { $0.map(\.tableCell) }
    let titles = columns.map { column in
      switch column {
      case .left(let title), .right(let title): title
      }
    }
    let widths = titles.indices.map { index in
      (rows.map { $0[index].count } + [titles[index].count]).max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { index in
        let space = String(repeating: " ", count: widths[index] - cells[index].count)
        return switch columns[index] {
        case .left: cells[index] + space
        case .right: space + cells[index]
        }
      }
      return padded.joined(separator: "  ").trimmingTrailingSpaces
    }
    let rule = String(repeating: "─", count: widths.reduce(0, +) + 2 * (widths.count - 1))
    return ([line(titles), rule] + rows.map(line) + [rule]).joined(separator: "\n")
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String {
    String(prefix(upTo: lastIndex { $0 != " " }.map(index(after:)) ?? startIndex))
  }
}
