/// A name or pattern that nothing in a network has, with the names that come nearest.
package struct UnknownName: Error, Hashable {
  package let name: String
  package let nearest: [String]

  init(_ name: String, among names: [String]) {
    self.name = name
    // What is typed may be a part of far more names than help.
    let plain = name.filter { !"*?[]".contains($0) }
    var found = nearestNames(to: plain, among: Array(Set(names)))
    if found.isEmpty { found = Array(names.prefix(1)) }
    nearest = found
  }
}
