import Foundation
import TandemProcess

/// The words of the command line after the program's name. Paths among them keep their bytes where
/// these are no UTF-8; see `PathBytes`.
enum ToolArguments {
  static let all = (1..<max(1, Int(CommandLine.argc))).compactMap { index in
    CommandLine.unsafeArgv[index].map {
      PathBytes.text(UnsafeRawBufferPointer(start: $0, count: strlen($0)))
    }
  }
}
