import Foundation

/// A limit that a process inherits from its shell or batch system (`ulimit`).
package enum ResourceLimit: Sendable {
  case addressSpace, data, processes, stack, openFiles

  /// The one that holds at present; nil if there is none.
  package var current: Int? {
    var limit = rlimit()
    guard getrlimit(.init(resource.rawValue), &limit) == 0, limit.rlim_cur < UInt64(Int64.max)
    else { return nil }
    return Int(limit.rlim_cur)
  }

  private var resource: __rlimit_resource {
    switch self {
    case .addressSpace: RLIMIT_AS
    case .data: RLIMIT_DATA
    case .processes: __RLIMIT_NPROC
    case .stack: RLIMIT_STACK
    case .openFiles: RLIMIT_NOFILE
    }
  }
}
