import Tandem

/// A class that a network does not know.
struct ClassLabelError: Error, CustomStringConvertible {
  let text: String
  let classes: Int
  let nearest: [String]

  var description: String {
    let hint =
      nearest.isEmpty
      ? "give a name, or a label from 0 to \(classes - 1)"
      : "is it \(nearest.joined(separator: ", "))?"
    return "the network knows no class \"\(text)\"; \(hint)"
  }
}
