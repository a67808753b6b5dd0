/// Names of tensors come from files, so they can hold anything, line ends included, and be as long
/// as the file; messages have one line that somebody can read.
extension String {
  private static let longestName = 120

  /// The name in quotes, with everything escaped that could end a line or hide, and cut off if very
  /// long.
  package var quotedTensorName: String {
    var text = "\""
    for (index, scalar) in unicodeScalars.enumerated() {
      if index == Self.longestName {
        text += "…"
        break
      }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
        text += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      default:
        if scalar == "\"" || scalar == "\\" { text += "\\" }
        text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }

  /// The name as it is if it consists of letters, digits, dots, dashes and underscores, as names of
  /// parameters are; otherwise in quotes.
  package var tensorName: String {
    let isPlain =
      !isEmpty && utf8.count <= Self.longestName
      && utf8.allSatisfy {
        switch UnicodeScalar($0) {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_": true
        default: false
        }
      }
    return isPlain ? self : quotedTensorName
  }
}
