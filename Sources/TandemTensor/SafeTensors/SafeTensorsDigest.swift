/// A digest of all that a safetensors file says, kept with its metadata: a bit that flips on a disk
/// or on the way between two would otherwise give other weights, which nobody sees.
///
/// It is made of names, types, shapes, elements and metadata, not of how they lie in the file:
/// whoever reads a file and saves it again may keep it. It finds accidents, not forgery (see
/// `ContentDigest`).
enum SafeTensorsDigest {
  /// What it is called among the metadata.
  static let key = "tandemDigest"

  /// - Parameters:
  ///   - header: its own digest and offsets do not count.
  ///   - contents: the elements of each of the header's entries.
  static func text(_ header: SafeTensorsHeader, contents: [UnsafeRawBufferPointer]) -> String {
    var digest = ContentDigest()
    let metadata = header.metadata.filter { $0.key != key }
    digest.add(metadata.count)
    for (key, value) in metadata.sorted(by: { precedes($0.key, $1.key) }) {
      digest.add(key)
      digest.add(value)
    }
    digest.add(header.entries.count)
    let tensors = zip(header.entries, contents)
    for (entry, bytes) in tensors.sorted(by: { precedes($0.0.name, $1.0.name) }) {
      digest.add(entry.name)
      digest.add(entry.type.rawValue)
      digest.add(entry.shape.rank)
      for extent in entry.shape.dimensions { digest.add(extent) }
      digest.add(bytes)
    }
    return digest.text
  }

  /// The order by bytes: that of texts may be another one in another version of the language.
  private static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}
