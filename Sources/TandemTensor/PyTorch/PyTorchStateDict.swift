/// The tensors of a pickle by name.
struct PyTorchStateDict {
  /// Later ones of the same name have replaced earlier ones, as in Python.
  let tensors: [String: PyTorchTensor]

  /// Where programs that keep more than weights have them, the usual names first.
  private static let keys = ["state_dict", "model_state_dict", "model", "net", "weights"]
  private static let mostLevels = 4

  /// - Parameter value: a dictionary of tensors, or one that has such a dictionary as its
  ///   `state_dict` or `model`. Other values beside tensors are left out.
  /// - Throws: `PyTorchError.Fact.noStateDict`.
  init(_ value: PickleValue, in heap: PickleHeap) throws(PyTorchError.Fact) {
    var seen: Set<Int> = []
    guard let tensors = Self.tensors(value, in: heap, levels: Self.mostLevels, &seen) else {
      var keys: [String] = []
      if case .dictionary(let index) = value {
        keys = heap.dictionaries[index].map(\.key).compactMap(Self.text)
      }
      throw .noStateDict(keys: keys)
    }
    self.tensors = tensors
  }

  /// An inner dictionary first: there may be a tensor beside it, of the best accuracy for example.
  private static func tensors(
    _ value: PickleValue, in heap: PickleHeap, levels: Int, _ seen: inout Set<Int>
  ) -> [String: PyTorchTensor]? {
    // A dictionary may hold itself.
    guard levels > 0, case .dictionary(let index) = value, seen.insert(index).inserted else {
      return nil
    }
    var values: [String: PickleValue] = [:]
    var tensors: [String: PyTorchTensor] = [:]
    for (key, value) in heap.dictionaries[index] {
      guard let name = text(key) else { continue }
      values[name] = value
      if case .tensor(let tensor) = value {
        tensors[name] = heap.tensors[tensor]
      } else {
        tensors[name] = nil
      }
    }
    for key in keys {
      if let inner = values[key],
        let found = Self.tensors(inner, in: heap, levels: levels - 1, &seen)
      {
        return found
      }
    }
    return tensors.isEmpty ? nil : tensors
  }

  private static func text(_ value: PickleValue) -> String? {
    if case .text(let text) = value { text } else { nil }
  }
}
