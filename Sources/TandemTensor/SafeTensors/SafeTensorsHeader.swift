/// The JSON object at the start of a safetensors file: for each tensor its type, shape and range of
/// bytes, and free text under `__metadata__`.
///
/// Parsed by hand: Foundation's parser keeps one of two equal names silently.
struct SafeTensorsHeader: Equatable {
  struct Entry: Equatable {
    var name: String
    var type: WeightElementType
    var shape: Shape
    /// Relative to the first byte after the header.
    var begin: Int
    var end: Int
  }

  /// The reference implementation's limit: 100 MB of names and shapes.
  static let byteCountLimit: UInt64 = 100_000_000
  static let metadataName = "__metadata__"
  /// Names of tensors, and of metadata. In memory short ones are several times as large as in the
  /// file; no network comes near.
  static let nameLimit = 1_000_000
  /// The most dimensions that PyTorch's and NumPy's arrays can have.
  static let dimensionLimit = 64

  /// The entries in the order of the file.
  var entries: [Entry] = []
  var metadata: [String: String] = [:]

  init(entries: [Entry] = [], metadata: [String: String] = [:]) {
    self.entries = entries
    self.metadata = metadata
  }

  /// Parses the JSON text `bytes`, padded with spaces at its end.
  init(parsing bytes: UnsafeRawBufferPointer) throws(SafeTensorsError.Fact) {
    var json = JSONScanner(bytes: bytes)
    var seen: Set<String> = []
    var entries: [Entry] = []
    var metadata: [String: String] = [:]
    try json.object { json, name throws(SafeTensorsError.Fact) in
      guard seen.count < Self.nameLimit else {
        throw json.failure("at most \(Self.nameLimit) names")
      }
      guard seen.insert(name).inserted else { throw .duplicateName(name) }
      if name == Self.metadataName {
        try json.object { json, key throws(SafeTensorsError.Fact) in
          guard metadata.count < Self.nameLimit else {
            throw json.failure("at most \(Self.nameLimit) names")
          }
          guard metadata.updateValue(try json.string(), forKey: key) == nil else {
            throw .duplicateName(key)
          }
        }
      } else {
        entries.append(try Self.entry(name, &json))
      }
    }
    try json.expectEnd()
    self.init(entries: entries, metadata: metadata)
  }

  private static func entry(
    _ name: String, _ json: inout JSONScanner
  ) throws(SafeTensorsError.Fact) -> Entry {
    var type: String?
    var extents: [Int]?
    var offsets: [Int]?
    try json.object { json, field throws(SafeTensorsError.Fact) in
      switch field {
      case "dtype" where type == nil: type = try json.string()
      case "shape" where extents == nil: extents = try json.integers(atMost: dimensionLimit)
      case "data_offsets" where offsets == nil: offsets = try json.integers(atMost: 2)
      default: throw json.failure("dtype, shape and data_offsets, each once")
      }
    }
    guard let type, let extents, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
      throw json.failure("dtype, shape and data_offsets [begin, end]")
    }
    guard let type = WeightElementType(rawValue: type) else {
      throw .unsupportedType(tensor: name, type: type)
    }
    return Entry(
      name: name, type: type, shape: Shape(extents), begin: offsets[0], end: offsets[1])
  }

  /// The JSON text, padded so that the elements after the 8 bytes of its length start at a multiple
  /// of 8 bytes. Equal headers give equal bytes.
  var encoded: [UInt8] {
    var fields: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }
        .map { "\(JSONScanner.quoted($0.key)):\(JSONScanner.quoted($0.value))" }
      fields.append("\"\(Self.metadataName)\":{\(pairs.joined(separator: ","))}")
    }
    for entry in entries {
      let extents = entry.shape.dimensions.map(String.init).joined(separator: ",")
      fields.append(
        "\(JSONScanner.quoted(entry.name)):{\"dtype\":\(JSONScanner.quoted(entry.type.rawValue)),"
          + "\"shape\":[\(extents)],\"data_offsets\":[\(entry.begin),\(entry.end)]}")
    }
    var bytes = Array("{\(fields.joined(separator: ","))}".utf8)
    bytes += repeatElement(UInt8(ascii: " "), count: (8 - bytes.count % 8) % 8)
    return bytes
  }
}
