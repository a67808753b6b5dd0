/// What some programs put before the names of all tensors: `module.` (PyTorch's
/// DistributedDataParallel), `_orig_mod.` (torch.compile), `model.` or `net.` (Lightning), or
/// several of these.
enum TensorNamePrefix {
  /// The prefix without which most names are expected ones; nil if they are no more than without
  /// leaving out anything, or two prefixes serve as well, of two networks in one file for example.
  ///
  /// - Returns: with the dot at its end.
  static func common(in names: some Sequence<String>, expected: Set<String>) -> String? {
    var counts: [String: Int] = [:]
    var plainCount = 0
    for name in names {
      if expected.contains(name) { plainCount += 1 }
      var rest = name[...]
      while let dot = rest.firstIndex(of: ".") {
        rest = rest[rest.index(after: dot)...]
        if expected.contains(String(rest)) {
          counts[String(name[..<rest.startIndex]), default: 0] += 1
        }
      }
    }
    let most = counts.values.max() ?? 0
    let best = counts.filter { $0.value == most }.keys
    return most > plainCount && best.count == 1 ? best.first : nil
  }
}
