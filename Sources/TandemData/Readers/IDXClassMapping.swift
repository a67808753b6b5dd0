import TandemTensor

/// What the labels of an IDX data set stand for, from a text file beside its files as EMNIST has
/// it: in each line a label and the character codes of what it stands for, `10 65` for an A, `1 65
/// 97` for a letter that may be large or small.
/// https://www.nist.gov/itl/products-and-services/emnist-dataset
struct IDXClassMapping {
  let path: String
  /// A name for each label from 0 to the largest that is in the file; nil where the file has none.
  let names: [String?]

  /// - Throws: `FileError` or `DataError`.
  init(contentsOf path: String) throws {
    let text = try MappedFile(path: path).withBytes { String(decoding: $0, as: UTF8.self) }
    var names: [Int: String] = [:]
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let words = line.split(whereSeparator: \.isWhitespace)
      if words.isEmpty { continue }
      let numbers = words.compactMap { UInt32($0) }
      let characters = numbers.dropFirst().compactMap(Self.character)
      guard numbers.count == words.count, characters.count == words.count - 1,
        !characters.isEmpty, numbers[0] <= UInt8.max,
        names.updateValue(characters.joined(separator: "/"), forKey: Int(numbers[0])) == nil
      else { throw DataError(path: path, fact: .malformedMapping(line: index + 1)) }
    }
    guard let largest = names.keys.max() else {
      throw DataError(path: path, fact: .malformedMapping(line: 1))
    }
    self.path = path
    self.names = (0...largest).map { names[$0] }
  }

  private static func character(_ code: UInt32) -> String? {
    guard let scalar = UnicodeScalar(code) else { return nil }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator, .spaceSeparator,
      .unassigned, .privateUse:
      return nil
    default: return String(scalar)
    }
  }

  /// The names of all classes; those that no line names are called by their label.
  var classNames: [String] { names.enumerated().map { $1 ?? String($0) } }

  func has(_ label: UInt8) -> Bool {
    names.indices.contains(Int(label)) && names[Int(label)] != nil
  }
}
