import CZip
import Foundation

/// An entry of an archive that is being unpacked.
struct ZipEntry {
  let file: OpaquePointer

  /// Unpacks the next bytes, as many as `memory` has room for.
  /// - Throws: `ZipFault.corruptEntry`, also where there are no more.
  func fill(_ memory: UnsafeMutableRawBufferPointer) throws(ZipFault) {
    var position = 0
    while position < memory.count, let base = memory.baseAddress {
      let count = zip_fread(file, base + position, zip_uint64_t(memory.count - position))
      guard count > 0 else {
        throw .corruptEntry(
          reason: count == 0 ? "less data than announced" : Self.reason(zip_file_get_error(file)))
      }
      position += Int(count)
    }
  }

  /// libzip compares the checksum when it is asked for more than there is.
  /// - Throws: `ZipFault.corruptEntry`.
  func checkEnd() throws(ZipFault) {
    var extra: UInt8 = 0
    let extraBytes = zip_fread(file, &extra, 1)
    guard extraBytes == 0 else {
      throw .corruptEntry(
        reason: extraBytes > 0
          ? "more data than announced" : Self.reason(zip_file_get_error(file)))
    }
  }

  static func reason(_ error: UnsafeMutablePointer<zip_error_t>?) -> String {
    // libzip 1.11 says of all of these that they are never null, 1.7 does not.
    guard let error else { return "no reason is known" }
    return String(cString: zip_error_strerror(error)).lowercased()
  }

  static func reason(_ code: Int32) -> String {
    var error = zip_error_t()
    zip_error_init_with_code(&error, code)
    defer { zip_error_fini(&error) }
    return reason(&error)
  }
}
