import TandemProcess

/// The share of cpu time that Linux control groups grant to this process: containers are limited
/// this way (`docker run --cpus 1.5`), without any trace in the affinity mask.
///
/// https://docs.kernel.org/admin-guide/cgroup-v2.html (cpu.max) and
/// https://docs.kernel.org/scheduler/sched-bwc.html (cpu.cfs_quota_us).
package enum CgroupQuota {
  /// The smallest quota of the process's groups and all groups above them, in cpus; nil if none.
  package static func detect(contents: (String) -> String?) -> Double? {
    ControlGroups.folders(controller: "cpu", contents: contents).compactMap { group in
      switch group.version {
      case .two:
        return contents("\(group.path)/cpu.max").flatMap(parseMaximum)
      case .one:
        guard let quota = contents("\(group.path)/cpu.cfs_quota_us"),
          let period = contents("\(group.path)/cpu.cfs_period_us")
        else { return nil }
        return parse(quota: quota, period: period)
      }
    }.min()
  }

  /// `150000 100000` → 1.5; `max 100000` → nil.
  package static func parseMaximum(_ text: String) -> Double? {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count == 2, let quota = Double(words[0]), let period = Double(words[1]),
      quota > 0, period > 0
    else { return nil }
    return quota / period
  }

  /// `150000`, `100000` → 1.5; `-1` → nil.
  package static func parse(quota: String, period: String) -> Double? {
    parseMaximum("\(quota) \(period)")
  }
}
