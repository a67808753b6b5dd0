import ArgumentParser
import Tandem

// Values that options can have; the parser adds the option's name to the message.

/// Whole numbers from `minimum` to the largest of 32 bits: far more than makes sense of anything, and
/// products of two of them are still numbers.
func atLeast(_ minimum: Int) -> @Sendable (String) throws -> Int {
  { text in
    guard let value = Int(text), value >= minimum else {
      throw ValidationError("give a whole number of at least \(minimum)")
    }
    guard value <= Int32.max else {
      throw ValidationError("give a whole number of at most \(Int32.max)")
    }
    return value
  }
}

/// Finite numbers that `isValid` accepts; `wanted` says which those are.
private func number(
  _ wanted: String, where isValid: @escaping @Sendable (Double) -> Bool
) -> @Sendable (String) throws -> Double {
  { text in
    guard let value = Double(text), value.isFinite, isValid(value) else {
      throw ValidationError("give \(wanted)")
    }
    return value
  }
}

let positiveNumber = number("a number greater than 0") { $0 > 0 }
/// Rates such as dropout's, of which 1 would leave nothing.
let rate = number("a number from 0 to less than 1") { (0..<1).contains($0) }

/// `3x32x32` or `784`: one image's shape, without the batch axis.
let imageShape: @Sendable (String) throws -> Shape = { text in
  let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
  let dimensions = parts.compactMap { $0 }
  guard dimensions.count == parts.count, [1, 3].contains(parts.count),
    dimensions.allSatisfy({ $0 >= 1 })
  else {
    throw ValidationError("give channels x height x width, for example 3x32x32")
  }
  return Shape(dimensions)
}
