/// A network prints as the Swift source that makes it, and so shows its tree.
extension Network: CustomStringConvertible {
  public var description: String {
    "Network(\"\(name)\", input: \(inputShape)) {\n" + Self.text(elements, indent: 1) + "}"
  }

  private static func text(_ elements: [NetworkElement], indent: Int) -> String {
    elements.map { text($0, indent: indent) }.joined()
  }

  private static func text(_ element: NetworkElement, indent: Int) -> String {
    let space = String(repeating: "  ", count: indent)
    let name = element.name.map { "\"\($0)\"" }
    let argument = name.map { "(\($0))" } ?? ""
    switch element.content {
    case .layer(let box):
      return "\(space)\(box.layer)" + (name.map { ".named(\($0))" } ?? "") + "\n"
    case .block(let elements):
      return "\(space)Block\(argument) {\n" + text(elements, indent: indent + 1) + "\(space)}\n"
    case .stage(let title, let elements):
      return "\(space)Stage(\"\(title)\") {\n" + text(elements, indent: indent + 1) + "\(space)}\n"
    case .placed(let placement, let elements):
      return "\(space)Placed(.\(placement)) {\n" + text(elements, indent: indent + 1)
        + "\(space)}\n"
    case .auxiliary(let elements, let weight):
      let arguments = [name, "weight: \(weight)"].compactMap { $0 }.joined(separator: ", ")
      return "\(space)Auxiliary(\(arguments)) {\n" + text(elements, indent: indent + 1)
        + "\(space)}\n"
    case .concat(let branches):
      let body = branches.map { branch in
        "\(space)  Branch" + (branch.name.map { "(\"\($0)\")" } ?? "") + " {\n"
          + text(branch.elements, indent: indent + 2) + "\(space)  }\n"
      }
      return "\(space)Concat\(argument) {\n" + body.joined() + "\(space)}\n"
    case .residual(let main, let shortcut, let shortcutName):
      let shortcutArgument = shortcutName == "shortcut" ? nil : "shortcutName: \"\(shortcutName)\""
      let arguments = [name, shortcutArgument].compactMap { $0 }.joined(separator: ", ")
      var result = "\(space)Residual" + (arguments.isEmpty ? "" : "(\(arguments))") + " {\n"
      result += text(main, indent: indent + 1)
      if !shortcut.isEmpty {
        result += "\(space)} shortcut: {\n" + text(shortcut, indent: indent + 1)
      }
      return result + "\(space)}\n"
    }
  }
}
