/// The values of a pickle that hold others, by number.
struct PickleHeap {
  var tuples: [[PickleValue]] = []
  var lists: [[PickleValue]] = []
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [PyTorchStorage] = []
  var tensors: [PyTorchTensor] = []
  /// How many pairs dictionaries were made of that copy a list.
  var copiedPairs = 0

  mutating func tuple(_ items: [PickleValue]) -> PickleValue {
    tuples.append(items)
    return .tuple(tuples.count - 1)
  }

  mutating func list(_ items: [PickleValue] = []) -> PickleValue {
    lists.append(items)
    return .list(lists.count - 1)
  }

  mutating func dictionary() -> PickleValue {
    dictionaries.append([])
    return .dictionary(dictionaries.count - 1)
  }

  mutating func storage(_ storage: PyTorchStorage) -> PickleValue {
    storages.append(storage)
    return .storage(storages.count - 1)
  }

  mutating func tensor(_ tensor: PyTorchTensor) -> PickleValue {
    tensors.append(tensor)
    return .tensor(tensors.count - 1)
  }

  /// The items of a tuple or a list.
  func items(_ value: PickleValue) -> [PickleValue]? {
    switch value {
    case .tuple(let index): tuples[index]
    case .list(let index): lists[index]
    default: nil
    }
  }

  /// The whole numbers of a tuple or a list of nothing else; nil also if there are more than
  /// `most`.
  func integers(_ value: PickleValue, atMost most: Int) -> [Int]? {
    guard let items = items(value), items.count <= most else { return nil }
    let integers = items.compactMap { item -> Int? in
      if case .integer(let integer) = item { integer } else { nil }
    }
    return integers.count == items.count ? integers : nil
  }
}
