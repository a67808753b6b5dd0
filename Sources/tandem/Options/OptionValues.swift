import ArgumentParser
import Tandem

// Values that options can have; the parser adds the option's name to the message.

/// Whole numbers from `minimum` to, unless said otherwise, the largest of 32 bits: far more than
/// makes sense of anything, and products of two of them are still numbers.
func atLeast(
  _ minimum: Int, atMost maximum: Int = Int(Int32.max)
) -> @Sendable (String) throws -> Int {
  { text in
    guard let value = Int(text), value >= minimum else {
      // Digits that do not fit into an `Int` are no small number.
      let isHuge = !text.isEmpty && text.allSatisfy { ("0"..."9").contains($0) } && Int(text) == nil
      throw ValidationError(
        isHuge
          ? "give a whole number of at most \(maximum)"
          : "give a whole number of at least \(minimum)")
    }
    guard value <= maximum else {
      throw ValidationError("give a whole number of at most \(maximum)")
    }
    return value
  }
}

/// Files and folders. An empty one is a variable of a script that was not set.
let nonEmptyPath: @Sendable (String) throws -> String = { text in
  guard !text.isEmpty else { throw ValidationError("give a path") }
  return text
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

let numberOrZero = number("a number of 0 or more") { $0 >= 0 }
let probability = number("a number from 0 to 1") { (0...1).contains($0) }
/// One of a pixel's 256 levels.
let level = number("a level from 0 to 255") { (0...255).contains($0) }
let positiveNumber = number("a number greater than 0") { $0 > 0 }
/// A part of a whole, but neither none nor all of it.
let share = number("a number above 0 and below 1, for example 0.2") { $0 > 0 && $0 < 1 }
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
