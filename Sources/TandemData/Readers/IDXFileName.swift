/// The name of a file of an IDX data set, and what it says: `train-images-idx3-ubyte`, and, where
/// the files of several data sets lie together, `emnist-letters-test-labels-idx1-ubyte.gz`.
struct IDXFileName: Hashable {
  enum Part: String {
    case train, test
  }

  enum Content: String {
    case images, labels

    /// The number of extents of such a file, which is part of its name.
    var rank: Int {
      switch self {
      case .images: 3
      case .labels: 1
      }
    }
  }

  /// What stands before the part; empty for MNIST's own names.
  let dataSet: String
  let part: Part
  let content: Content
  /// The order among files with the same part and content, of which the lowest counts: uncompressed
  /// ones first, then original spellings.
  let order: Int

  /// nil for names of other files.
  init?(_ name: String) {
    // Names with a dot in front are hidden; macOS' archives have such beside each file.
    guard !name.hasPrefix(".") else { return nil }
    var rest = name[...]
    func take(_ end: String) -> Bool {
      guard rest.hasSuffix(end) else { return false }
      rest = rest.dropLast(end.count)
      return true
    }
    let isCompressed = take(".gz")
    let isOriginal: Bool
    switch true {
    case take("-images-idx3-ubyte"): (content, isOriginal) = (.images, true)
    case take("-labels-idx1-ubyte"): (content, isOriginal) = (.labels, true)
    // As some programs for unpacking and some mirrors spell them.
    case take("-images.idx3-ubyte"): (content, isOriginal) = (.images, false)
    case take("-labels.idx1-ubyte"): (content, isOriginal) = (.labels, false)
    default: return nil
    }
    let isTest10k: Bool
    switch true {
    case take("train"): (part, isTest10k) = (.train, true)
    case take("t10k"): (part, isTest10k) = (.test, true)
    case take("test"): (part, isTest10k) = (.test, false)
    default: return nil
    }
    guard rest.isEmpty || take("-") else { return nil }
    dataSet = String(rest)
    order = (isCompressed ? 4 : 0) + (isOriginal ? 0 : 2) + (isTest10k ? 0 : 1)
  }

  /// The name that is missing where there is no such file.
  static func expected(dataSet: String, _ part: Part, _ content: Content) -> String {
    let partName =
      switch part {
      case .train: "train"
      case .test: dataSet.isEmpty ? "t10k" : "test"
      }
    let start = dataSet.isEmpty ? "" : dataSet + "-"
    return "\(start)\(partName)-\(content.rawValue)-idx\(content.rank)-ubyte"
  }
}
