import Foundation

/// The system's words for an error number: "Operation not permitted".
func systemMessage(_ errorNumber: Int32) -> String {
  String(cString: strerror(errorNumber))
}
