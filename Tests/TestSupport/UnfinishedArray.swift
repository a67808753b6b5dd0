/// An array in a zip archive that has a header but not the elements that it claims: behind some
/// zeros comes nothing that could be unpacked, as many bytes as well compressed elements would
/// take. Whoever unpacks it notices; whoever judges it by its header does not.
package struct UnfinishedArray {
  package let name: String
  /// NumPy's, such as `<f4`.
  package let type: String
  package let shape: [Int]

  package init(name: String, type: String, shape: [Int]) {
    self.name = name
    self.type = type
    self.shape = shape
  }

  private var elementBytes: Int { shape.reduce(Int(type.suffix(1)) ?? 1, *) }

  private var header: [UInt8] {
    let extents = shape.map { "\($0), " }.joined()
    let text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(extents)), }"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
  }

  /// The header and some elements in a stored block (RFC 1951), and then no block.
  private var deflated: [UInt8] {
    let start = header + [UInt8](repeating: 0, count: 100)
    let count = UInt8(start.count)
    return [0, count, 0, ~count, 0xFF] + start
      + [UInt8](repeating: 0xFF, count: elementBytes / 1000)
  }

  /// A zip archive of version 2.0: local headers with the contents, then the central directory.
  package static func archive(_ arrays: [UnfinishedArray]) -> [UInt8] {
    func number(_ value: Int, _ bytes: Int) -> [UInt8] {
      (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var contents: [UInt8] = []
    var directory: [UInt8] = []
    for array in arrays {
      let name = Array((array.name + ".npy").utf8)
      let data = array.deflated
      // Version, flags, method, time and date, checksum, sizes, length of the name, no extra field.
      var common = number(20, 2) + number(0, 2) + number(8, 2) + number(0, 8)
      common += number(data.count, 4) + number(array.header.count + array.elementBytes, 4)
      common += number(name.count, 2) + number(0, 2)
      directory += [0x50, 0x4B, 1, 2] + number(20, 2) + common + number(0, 10)
      directory += number(contents.count, 4) + name
      contents += [0x50, 0x4B, 3, 4] + common + name + data
    }
    var end: [UInt8] = [0x50, 0x4B, 5, 6] + number(0, 4)
    end += number(arrays.count, 2) + number(arrays.count, 2)
    end += number(directory.count, 4) + number(contents.count, 4) + number(0, 2)
    return contents + directory + end
  }
}
