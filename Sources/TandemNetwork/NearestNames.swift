/// The names that a mistyped one may have meant, best first: few edits away, or with the typed
/// name as a part.
package func nearestNames(to name: String, among names: [String]) -> [String] {
  let typed = name.lowercased()
  let ranked = names.map { candidate in
    let known = candidate.lowercased()
    let contains = typed.count >= 3 && (known.contains(typed) || typed.contains(known))
    return (candidate, distance: contains ? 0 : editDistance(typed, known))
  }
  return
    ranked
    .filter { $0.distance <= max(2, $0.0.count / 3) }
    .sorted { ($0.distance, $0.0) < ($1.distance, $1.0) }
    .prefix(3)
    .map(\.0)
}

/// The fewest insertions, deletions and replacements that turn one text into the other
/// (Levenshtein 1966).
package func editDistance(_ first: String, _ second: String) -> Int {
  let second = Array(second)
  var row = Array(0...second.count)
  for (index, character) in first.enumerated() {
    var diagonal = row[0]
    row[0] = index + 1
    for column in 0..<second.count {
      let replaced = diagonal + (character == second[column] ? 0 : 1)
      diagonal = row[column + 1]
      row[column + 1] = min(replaced, row[column] + 1, row[column + 1] + 1)
    }
  }
  return row[second.count]
}
