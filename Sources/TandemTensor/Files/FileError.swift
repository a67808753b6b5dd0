import Foundation

/// A file that the operating system would not let us read or write.
package enum FileError: Error, Equatable {
  /// `code` is the `errno` of the failed call.
  case cannotRead(path: String, code: Int32)
  case cannotWrite(path: String, code: Int32)
  /// The system has no room for a file's contents in this process.
  case noMemory(path: String, MemoryError)
  /// A pipe, socket or device where a file is needed whose size is known.
  case notARegularFile(path: String)
}

extension FileError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .cannotRead(let path, let code):
      "cannot read \(path): \(Self.reason(code)); \(Self.remedyForReading(code))"
    case .cannotWrite(let path, let code):
      "cannot write \(path): \(Self.reason(code)); \(Self.remedyForWriting(code))"
    case .noMemory(_, let error): error.description
    case .notARegularFile(let path):
      "cannot read \(path): it is a pipe or a device; copy its contents to a file first"
    }
  }

  /// The system's words for an `errno`.
  package static func reason(_ code: Int32) -> String {
    String(cString: strerror(code)).lowercased()
  }

  private static func remedyForReading(_ code: Int32) -> String {
    switch code {
    case ENOENT, ENOTDIR: "check the path"
    case ENAMETOOLONG, ELOOP: "use a shorter path, without links that lead to themselves"
    case EACCES, EPERM: "check the permissions of the file and of the folders above it"
    case EISDIR: "name a file, not a folder"
    case ENOMEM: "end other programs, or raise the limit on memory"
    case EMFILE, ENFILE: "raise the limit on open files ('ulimit -n')"
    default: "check the disk"
    }
  }

  private static func remedyForWriting(_ code: Int32) -> String {
    switch code {
    case ENOENT, ENOTDIR: "create the folder first, or write to another one"
    case ENAMETOOLONG, ELOOP: "use a shorter path, without links that lead to themselves"
    case EACCES, EPERM, EROFS: "check the permissions, or write to another folder"
    case EISDIR: "name a file, not a folder"
    case EFBIG: "raise the limit on the size of files ('ulimit -f'), or write to another disk"
    case ENOSPC, EDQUOT: "free some space, or write to another disk"
    default: "write to another folder or disk"
    }
  }
}
