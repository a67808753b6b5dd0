import Foundation
import TandemTensor

/// Reads a table of pictures, in comma-separated values: a path, a label and, if there is such a
/// column, the part that the picture is for. The first line may name the columns.
struct PictureTable {
  private static let pathNames: Set<String> = [
    "path", "file", "filename", "file_name", "filepath", "image", "image_path",
  ]
  private static let labelNames: Set<String> = ["label", "class", "category", "target"]
  private static let partNames: Set<String> = ["split", "subset", "set", "part"]

  private struct Row {
    let path: String
    let label: String
    let part: PicturePart?
  }

  private let file: String
  private let root: String
  private var rows: [Row] = []
  /// Whether the table says which part pictures are for.
  private(set) var hasParts = false

  /// - Parameters:
  ///   - path: of the table, from the root; its folder is where paths in it begin.
  /// - Throws: `FileError`, `PictureFolderError.malformedTable`.
  init(_ path: String, of root: String) throws {
    file = path
    self.root = root
    let full = PictureListing.join(root, path)
    let text = try MappedFile(path: full).withBytes { String(decoding: $0, as: UTF8.self) }
    var columns = (path: 0, label: 1, part: Int?.none)
    for (number, line) in Self.records(in: text).enumerated() {
      let (line, cells) = line
      if number == 0, let named = try named(cells, line: line) {
        columns = named
        hasParts = columns.part != nil
        continue
      }
      if cells.count == 1, cells[0].isEmpty { continue }
      guard cells.count > max(columns.path, columns.label), !cells[columns.path].isEmpty,
        !cells[columns.label].isEmpty
      else {
        throw fault(line, "a path and a label are needed; complete the line")
      }
      var part: PicturePart?
      if let column = columns.part {
        guard column < cells.count, let known = PicturePart(named: cells[column]) else {
          throw fault(line, "the part is not train, val or test; correct it")
        }
        part = known
      }
      rows.append(Row(path: cells[columns.path], label: cells[columns.label], part: part))
    }
  }

  private func fault(_ line: Int, _ problem: String) -> PictureFolderError {
    PictureFolderError(
      path: PictureListing.join(root, file), fact: .malformedTable(line: line, problem: problem))
  }

  /// Where the columns are, if the first line names them.
  private func named(_ cells: [String], line: Int) throws -> (path: Int, label: Int, part: Int?)? {
    let names = cells.map { $0.lowercased() }
    guard let path = names.firstIndex(where: Self.pathNames.contains) else { return nil }
    guard let label = names.firstIndex(where: Self.labelNames.contains) else {
      throw fault(line, "there is no column called label; name the columns path and label")
    }
    return (path, label, names.firstIndex(where: Self.partNames.contains))
  }

  /// Whether there are rows for a part.
  func has(_ part: PicturePart) -> Bool { rows.contains { $0.part == part } }

  /// - Parameters:
  ///   - part: nil for all rows.
  ///   - known: the classes in the order of their labels; nil for those that are there.
  /// - Throws: `FileError`, `PictureFolderError`.
  func find(_ part: PicturePart?, known: [String]?) throws -> PictureListing {
    let rows = rows.filter { part == nil || $0.part == part }
    let names = Self.classNames(Set(rows.map(\.label)))
    let labels = Dictionary(
      uniqueKeysWithValues: zip(
        names, try ClassFolders.labels(of: names, known: known, part: file, root: root)))
    var builder = ListingBuilder(root: root)
    builder.addStamp(try FileStamp(root: root, path: file))
    let folder = FileSystem.folderPrefix(of: file)
    var containers: [String: UInt32] = [:]
    for row in rows {
      let inner = FileSystem.folderPrefix(of: row.path)
      let container: UInt32
      if let known = containers[inner] {
        container = known
      } else {
        container = builder.addContainer(inner.hasPrefix("/") ? inner : folder + inner)
        containers[inner] = container
      }
      let name = FileSystem.name(of: row.path)
      try builder.add(Array(name.utf8), in: container, label: labels[row.label] ?? 0)
    }
    return try builder.listing(classNames: known ?? names)
  }

  /// By code points, as folders; labels that are all whole numbers by size.
  static func classNames(_ labels: Set<String>) -> [String] {
    let numbers = labels.compactMap { Int($0) }
    if numbers.count == labels.count {
      return labels.sorted { (Int($0) ?? 0, $0) < (Int($1) ?? 0, $1) }
    }
    return labels.sorted(by: precedesByCodePoints)
  }

  /// The cells of each line with its number, counted from 1; quoted ones may hold commas, quotes
  /// and ends of lines.
  static func records(in text: String) -> [(line: Int, cells: [String])] {
    var records: [(line: Int, cells: [String])] = []
    var cells: [String] = []
    var cell = String.UnicodeScalarView()
    var (line, first) = (1, 1)
    var (isQuoted, wasQuoted) = (false, false)
    func trimmed(_ cell: String.UnicodeScalarView) -> String {
      wasQuoted ? String(cell) : String(cell).trimmingCharacters(in: .whitespaces)
    }
    var scalars = text.unicodeScalars.makeIterator()
    var pending = scalars.next()
    // What some spreadsheets begin files with.
    if pending == "\u{FEFF}" { pending = scalars.next() }
    while let scalar = pending {
      pending = scalars.next()
      if scalar == "\n" { line += 1 }
      if isQuoted {
        if scalar != "\"" {
          cell.append(scalar)
        } else if pending == "\"" {
          cell.append(scalar)
          pending = scalars.next()
        } else {
          isQuoted = false
        }
        continue
      }
      switch scalar {
      case "\"" where cell.isEmpty: (isQuoted, wasQuoted) = (true, true)
      case ",":
        cells.append(trimmed(cell))
        cell = .init()
        wasQuoted = false
      case "\r" where pending == "\n": break
      case "\n":
        records.append((first, cells + [trimmed(cell)]))
        (cells, cell, wasQuoted) = ([], .init(), false)
        first = line
      default: cell.append(scalar)
      }
    }
    if !cells.isEmpty || !cell.isEmpty { records.append((first, cells + [trimmed(cell)])) }
    return records
  }
}
