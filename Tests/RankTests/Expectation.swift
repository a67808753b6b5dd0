/// Something that is not as it should be, in words.
struct Unexpected: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Throws unless both are equal; says where the first difference is.
func expectEqual<Element: Equatable>(_ got: [Element], _ expected: [Element], _ what: String) throws
{
  guard got != expected else { return }
  let index = zip(got, expected).enumerated().first { $1.0 != $1.1 }?.offset
  guard let index else {
    throw Unexpected("\(what): \(got.count) values instead of \(expected.count)")
  }
  throw Unexpected("\(what): value \(index) is \(got[index]) instead of \(expected[index])")
}

func expectEqual<Value: Equatable>(_ got: Value, _ expected: Value, _ what: String) throws {
  if got != expected { throw Unexpected("\(what) is \(got) instead of \(expected)") }
}
