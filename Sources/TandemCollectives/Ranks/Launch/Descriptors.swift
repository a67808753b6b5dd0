import Foundation

/// How many files and connections this process may still open.
enum Descriptors {
  /// What is asked for when there are few.
  private static let comfortable: rlim_t = 1024

  /// Makes sure that `count` more can be opened, if the hard limit lets it: neither MPI nor
  /// Dispatch can say that they could not open one.
  static func ensure(_ count: Int) throws(JobError) {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return }
    if limit.rlim_cur < min(comfortable, limit.rlim_max) {
      limit.rlim_cur = min(comfortable, limit.rlim_max)
      setrlimit(resource, &limit)
    }
    guard canOpen(count) else {
      throw .fewDescriptors(limit: Int(clamping: limit.rlim_cur), needed: count)
    }
  }

  private static func canOpen(_ count: Int) -> Bool {
    var opened: [Int32] = []
    defer { for descriptor in opened { close(descriptor) } }
    for _ in 0..<count {
      let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { return false }
      opened.append(descriptor)
    }
    return true
  }
}
