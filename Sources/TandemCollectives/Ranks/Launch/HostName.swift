import Foundation

/// The name of this host, as the system has it: nobody on the network is asked.
package enum HostName {
  package static var current: String {
    let name = FileManager.default.contents(atPath: "/proc/sys/kernel/hostname") ?? Data()
    return String(decoding: name, as: UTF8.self).trimmingCharacters(in: .newlines)
  }
}
