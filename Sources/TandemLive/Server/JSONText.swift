import Foundation

/// JSON as it is written: fast enough to be made ten times a second beside a training.
package enum JSONText {
  /// An object of members that are JSON already.
  package static func object(_ members: KeyValuePairs<String, String>) -> String {
    "{" + members.map { "\(string($0)):\($1)" }.joined(separator: ",") + "}"
  }

  package static func array(_ values: some Sequence<String>) -> String {
    "[" + values.joined(separator: ",") + "]"
  }

  package static func string(_ text: String) -> String {
    if text.utf8.allSatisfy(isPlain) { return "\"" + text + "\"" }
    var json = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": json += "\\\""
      case "\\": json += "\\\\"
      // Also what would end a script or a line in older ones.
      case _
      where scalar.value < 0x20
        || ["<", ">", "&", "\u{7F}", "\u{2028}", "\u{2029}"]
          .contains(scalar):
        json += "\\u" + String(format: "%04x", scalar.value)
      default: json.unicodeScalars.append(scalar)
      }
    }
    return json + "\""
  }

  /// Whether a byte stands for itself, as most do.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "<"), UInt8(ascii: ">"),
      UInt8(ascii: "&"):
      false
    default: (0x20..<0x7F).contains(byte)
    }
  }

  package static func string(_ text: String?) -> String { text.map(string) ?? "null" }

  /// JSON has no infinity and no NaN.
  package static func number(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "null" }
    return "\(value)"
  }

  package static func number(_ value: Float?) -> String {
    guard let value, value.isFinite else { return "null" }
    return "\(value)"
  }
}
