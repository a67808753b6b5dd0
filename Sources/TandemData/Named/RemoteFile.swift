/// A file whose contents are known before it is there.
package struct RemoteFile: Hashable, Sendable {
  package let name: String
  package let byteCount: Int
  /// 64 hexadecimal digits.
  package let sha256: String

  package init(name: String, byteCount: Int, sha256: String) {
    self.name = name
    self.byteCount = byteCount
    self.sha256 = sha256
  }
}
