import CKernels
import TandemNetwork
import TandemTensor

/// Copies named tensors to the places of the parameters with these names in an arena.
struct TensorLoading {
  let path: String
  let tensors: [String: Tensor]
  /// The types of further tensors in the file that are no weights, by name.
  var skippedTypes: [String: String] = [:]
  let networkName: String
  /// The network that the file says it was made with, if it is another one.
  var otherModelName: String?
  /// What the file's names have before those of the parameters.
  var prefix = ""
  /// Whether the file has other names, in whose place the parameters' names in their order are.
  var areInOrder = false

  /// How tensors are copied that need not all be there.
  struct Leniency {
    /// Names of parameters that may have no tensor, or one of another shape.
    var optional: Set<String> = []
    /// What becomes of these parameters: "keep their first values".
    var fate = ""
    /// The parameters of layers, by the names of the layers, that may be for another number of
    /// outputs.
    var heads: [String: Set<String>] = [:]
    /// Whether tensors without a place in the arena are allowed.
    var allowsOthers = false
    /// Names of tensors without a place in the arena that are allowed.
    var others: Set<String> = []
    /// Whether elements may be infinite, as the state of an optimizer may.
    var allowsInfinity = false
  }

  /// Copies all tensors once it is known that each parameter has one and, unless others are
  /// allowed, each tensor a parameter.
  ///
  /// - Parameters:
  ///   - entries: the parameters to copy.
  ///   - suffix: what the tensors' names have after the parameters' names.
  ///   - remedy: what the user can do if the tensors do not fit.
  /// - Returns: what the user should know, each in one line.
  /// - Throws: `TrainingError.weightsDoNotFit`, `TrainingError.nonFiniteWeights`; nothing is copied
  ///   then.
  @discardableResult
  func load(
    into arena: MemoryArena, entries: some Sequence<ParameterLayout.Entry>, suffix: String = "",
    _ leniency: Leniency = Leniency(), remedy: String = "use the network they were made with"
  ) throws -> [String] {
    var match = match(entries, suffix: suffix)
    if leniency.allowsOthers { match.extra = [] }
    match.extra.removeAll { leniency.others.contains(String($0.dropFirst(prefix.count))) }
    let newHeads = takeNewHeads(from: &match, leniency)
    let left = (match.missing + match.misshaped.map { ($0.parameter, $0.text) })
      .filter { leniency.optional.contains($0.parameter) }
    match.missing.removeAll { leniency.optional.contains($0.parameter) }
    match.misshaped.removeAll { leniency.optional.contains($0.parameter) }
    guard match.isComplete, otherModelName == nil else {
      throw TrainingError.weightsDoNotFit(
        path: path, network: networkName, problem: problem(match), remedy: remedy)
    }
    try copy(match, to: arena, allowsInfinity: leniency.allowsInfinity)
    var notes = nameNotes
    if !left.isEmpty {
      notes.append(
        "\(path) has nothing that fits these parameters of auxiliary heads of \(networkName), which "
          + "\(leniency.fate): \(Self.list(left.map(\.text)))")
    }
    if !newHeads.isEmpty {
      notes.append(
        "\(path) is for another number of outputs than \(networkName), whose new head keeps its "
          + "first values: \(Self.list(newHeads))")
    }
    return notes
  }

  /// Takes the parameters of layers that are for another number of outputs, and differ in nothing
  /// else, from those of other shapes.
  /// - Returns: what they are, in words.
  private func takeNewHeads(from match: inout Match, _ leniency: Leniency) -> [String] {
    let others = Set(match.misshaped.filter(\.hasOtherOutputs).map(\.parameter))
    let taken = leniency.heads.values.filter { $0.isSubset(of: others) }
      .reduce(into: Set<String>()) { $0.formUnion($1) }
    let texts = match.misshaped.filter { taken.contains($0.parameter) }.map(\.text)
    match.misshaped.removeAll { taken.contains($0.parameter) }
    return texts
  }

  /// Copies the tensors that fit by name and shape.
  ///
  /// - Returns: what did not fit, in warnings of one line each.
  /// - Throws: `TrainingError.weightsDoNotFit` if there is none that fits;
  ///   `TrainingError.nonFiniteWeights`.
  func loadFitting(into arena: MemoryArena, layout: ParameterLayout) throws -> [String] {
    let match = match(layout.entries, suffix: "")
    guard !match.fitting.isEmpty else {
      throw TrainingError.weightsDoNotFit(
        path: path, network: networkName, problem: "none fits; " + problem(match),
        remedy: "use weights of a network with some parameters of the same names and shapes")
    }
    try copy(match, to: arena)
    return nameNotes + warnings(match)
  }

  /// Which tensors fit, and lists of what does not.
  private struct Match {
    var fitting: [(entry: ParameterLayout.Entry, name: String, tensor: Tensor)] = []
    /// Parameters without a tensor.
    var missing: [(parameter: String, text: String)] = []
    var misshaped: [Misshaped] = []
    /// Tensors without a parameter.
    var extra: [String] = []

    var isComplete: Bool { missing.isEmpty && extra.isEmpty && misshaped.isEmpty }
  }

  private struct Misshaped {
    let parameter: String
    /// Whether only the first axis is longer or shorter.
    let hasOtherOutputs: Bool
    let text: String
  }

  private func match(
    _ entries: some Sequence<ParameterLayout.Entry>, suffix: String
  ) -> Match {
    var match = Match()
    // The first layer first, as people read networks.
    for entry in entries.sorted(by: { $0.nodeIndex < $1.nodeIndex }) {
      let name = entry.name + suffix
      let expected = entry.parameter.shape
      if let tensor = tensors[prefix + name] {
        if tensor.shape == expected {
          match.fitting.append((entry, name, tensor))
        } else {
          match.misshaped.append(
            Misshaped(
              parameter: entry.name,
              hasOtherOutputs: tensor.shape.dimensions.dropFirst().elementsEqual(
                expected.dimensions.dropFirst()),
              text: "\(name) \(tensor.shape) instead of \(expected)"))
        }
      } else if let type = skippedTypes[prefix + name] {
        match.missing.append((entry.name, "\(name) (is of type \(type))"))
      } else {
        match.missing.append((entry.name, name))
      }
    }
    let known = Set(entries.map { prefix + $0.name + suffix })
    match.extra = (Array(tensors.keys) + Array(skippedTypes.keys))
      .filter { !known.contains($0) && !Self.isCounter($0) }
      .sorted().map(\.tensorName)
    return match
  }

  /// PyTorch's batch normalisation counts batches, which nothing here depends on.
  private static func isCounter(_ name: String) -> Bool {
    name == "num_batches_tracked" || name.hasSuffix(".num_batches_tracked")
  }

  /// A value that is not finite spreads to all outputs, or a layer makes something plausible of it.
  private func copy(
    _ match: Match, to arena: MemoryArena, allowsInfinity: Bool = false
  ) throws {
    for (_, name, tensor) in match.fitting {
      let areFinite = tensor.elements.withUnsafeBufferPointer {
        $0.baseAddress.map { tandem_all_finite($0, tensor.elements.count) != 0 } ?? true
      }
      if areFinite { continue }
      let index = tensor.elements.firstIndex { allowsInfinity ? $0.isNaN : !$0.isFinite }
      guard let index else { continue }
      throw TrainingError.nonFiniteWeights(
        path: path, element: "\(name)[\(index)]",
        value: tensor.elements[index].isNaN ? "NaN" : "infinite")
    }
    for (entry, _, tensor) in match.fitting {
      tensor.elements.withUnsafeBufferPointer { elements in
        if let base = elements.baseAddress {
          arena.floats(at: entry.offset).update(from: base, count: elements.count)
        }
      }
    }
  }

  private func problem(_ match: Match) -> String {
    var parts: [String] = []
    if let otherModelName {
      parts.append("they were made with \(otherModelName.tensorName)")
      if match.isComplete {
        parts.append("which has parameters of the same names and shapes but computes otherwise")
      }
    }
    if !prefix.isEmpty, !match.isComplete {
      parts.append("without the prefix \(prefix.tensorName) of its names")
    }
    for (title, names) in [
      ("missing", match.missing.map(\.text)), ("extra", match.extra),
      ("mis-shaped", match.misshaped.map(\.text)),
    ] where !names.isEmpty {
      parts.append("\(title): \(Self.list(names))")
    }
    return parts.joined(separator: match.isComplete ? ", " : "; ")
  }

  private var nameNotes: [String] {
    if areInOrder {
      return [
        "the weights in \(path) have names of their own; they are taken in the order of its "
          + "operators, by their shapes"
      ]
    }
    return prefix.isEmpty
      ? []
      : ["the names of tensors in \(path) begin with \(prefix.tensorName), which is left out"]
  }

  private func warnings(_ match: Match) -> [String] {
    var warnings: [String] = []
    if let otherModelName {
      warnings.append(
        "the weights in \(path) were made with \(otherModelName.tensorName), not with "
          + networkName)
    }
    if !match.missing.isEmpty {
      warnings.append(
        "\(path) has nothing for these parameters of \(networkName), which keep their first "
          + "values: \(Self.list(match.missing.map(\.text)))")
    }
    if !match.extra.isEmpty {
      warnings.append(
        "\(path) has tensors that \(networkName) has no parameters for, which are left out: "
          + Self.list(match.extra))
    }
    if !match.misshaped.isEmpty {
      warnings.append(
        "\(path) has tensors of other shapes than \(networkName), whose parameters keep their first "
          + "values: \(Self.list(match.misshaped.map(\.text)))")
    }
    return warnings
  }

  /// The first few names: another network may differ in hundreds.
  private static func list(_ names: [String]) -> String {
    let shown = 5
    let more = names.count > shown ? " and \(names.count - shown) more" : ""
    return names.prefix(shown).joined(separator: ", ") + more
  }
}
