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

  /// Copies all tensors once it is known that each parameter has one and, unless `allowsOthers`, each
  /// tensor a parameter.
  ///
  /// - Parameters:
  ///   - entries: the parameters to copy.
  ///   - suffix: what the tensors' names have after the parameters' names.
  ///   - allowsOthers: whether tensors without a place in the arena are allowed.
  ///   - remedy: what the user can do if that is not so.
  /// - Throws: `TrainingError.weightsDoNotFit`; nothing is copied then.
  func load(
    into arena: MemoryArena, entries: some Sequence<ParameterLayout.Entry>, suffix: String = "",
    allowsOthers: Bool = false, remedy: String = "use the network they were made with"
  ) throws {
    var match = match(entries, suffix: suffix)
    if allowsOthers { match.extra = [] }
    guard match.isComplete, otherModelName == nil else {
      throw TrainingError.weightsDoNotFit(
        path: path, network: networkName, problem: problem(match), remedy: remedy)
    }
    copy(match, to: arena)
  }

  /// Copies the tensors that fit by name and shape.
  ///
  /// - Returns: what did not fit, in warnings of one line each.
  /// - Throws: `TrainingError.weightsDoNotFit` if there is none that fits.
  func loadFitting(into arena: MemoryArena, layout: ParameterLayout) throws -> [String] {
    let match = match(layout.entries, suffix: "")
    guard !match.fitting.isEmpty else {
      throw TrainingError.weightsDoNotFit(
        path: path, network: networkName, problem: "none fits; " + problem(match),
        remedy: "use weights of a network with some parameters of the same names and shapes")
    }
    copy(match, to: arena)
    return warnings(match)
  }

  /// Which tensors fit, and lists of what does not.
  private struct Match {
    var fitting: [(offset: Int, tensor: Tensor)] = []
    /// Parameters without a tensor.
    var missing: [String] = []
    /// Tensors without a parameter.
    var extra: [String] = []
    var misshaped: [String] = []

    var isComplete: Bool { missing.isEmpty && extra.isEmpty && misshaped.isEmpty }
  }

  private func match(
    _ entries: some Sequence<ParameterLayout.Entry>, suffix: String
  ) -> Match {
    var match = Match()
    // The first layer first, as people read networks.
    for entry in entries.sorted(by: { $0.nodeIndex < $1.nodeIndex }) {
      let name = entry.name + suffix
      let expected = entry.parameter.shape
      if let tensor = tensors[name] {
        if tensor.shape == expected {
          match.fitting.append((entry.offset, tensor))
        } else {
          match.misshaped.append("\(name) \(tensor.shape) instead of \(expected)")
        }
      } else if let type = skippedTypes[name] {
        match.missing.append("\(name) (is of type \(type))")
      } else {
        match.missing.append(name)
      }
    }
    let known = Set(entries.map { $0.name + suffix })
    match.extra = (Array(tensors.keys) + Array(skippedTypes.keys))
      .filter { !known.contains($0) && !Self.isCounter($0) }
      .sorted().map(\.tensorName)
    return match
  }

  /// PyTorch's batch normalisation counts batches, which nothing here depends on.
  private static func isCounter(_ name: String) -> Bool {
    name == "num_batches_tracked" || name.hasSuffix(".num_batches_tracked")
  }

  private func copy(_ match: Match, to arena: MemoryArena) {
    for (offset, tensor) in match.fitting {
      tensor.elements.withUnsafeBufferPointer { elements in
        if let base = elements.baseAddress {
          arena.floats(at: offset).update(from: base, count: elements.count)
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
    for (title, names) in [
      ("missing", match.missing), ("extra", match.extra), ("mis-shaped", match.misshaped),
    ] where !names.isEmpty {
      parts.append("\(title): \(Self.list(names))")
    }
    return parts.joined(separator: match.isComplete ? ", " : "; ")
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
          + "values: \(Self.list(match.missing))")
    }
    if !match.extra.isEmpty {
      warnings.append(
        "\(path) has tensors that \(networkName) has no parameters for, which are left out: "
          + Self.list(match.extra))
    }
    if !match.misshaped.isEmpty {
      warnings.append(
        "\(path) has tensors of other shapes than \(networkName), whose parameters keep their first "
          + "values: \(Self.list(match.misshaped))")
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
