import Foundation

/// Prints a value as JSON on standard output: the form of every figure that scripts read.
func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  // A diverged loss is a result too; JSON has no numbers for it.
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  // Reasons of the libraries may be among the values.
  print(OptionNames.worded(String(decoding: try encoder.encode(value), as: UTF8.self)))
}
