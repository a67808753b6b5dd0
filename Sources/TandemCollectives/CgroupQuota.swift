import Foundation

/// The share of cpu time that Linux control groups grant to this process: containers are limited
/// this way (`docker run --cpus 1.5`), without any trace in the affinity mask.
///
/// https://docs.kernel.org/admin-guide/cgroup-v2.html (cpu.max) and
/// https://docs.kernel.org/scheduler/sched-bwc.html (cpu.cfs_quota_us).
package enum CgroupQuota {
  /// The smallest quota of the process's groups and all groups above them, in cpus; nil if none.
  package static func detect(contents: (String) -> String?) -> Double? {
    guard let groups = contents("/proc/self/cgroup"),
      let mounts = contents("/proc/self/mountinfo")
    else { return nil }
    let memberships = memberships(groups)
    var smallest: Double?
    func consider(_ quota: Double?) {
      if let quota { smallest = min(smallest ?? quota, quota) }
    }
    for mount in Mount.parse(mounts) {
      guard let membership = memberships.first(where: { mount.serves($0) }) else { continue }
      for folder in mount.folders(of: membership) {
        switch mount.version {
        case .two:
          consider(contents("\(folder)/cpu.max").flatMap(parseMaximum))
        case .one:
          if let quota = contents("\(folder)/cpu.cfs_quota_us"),
            let period = contents("\(folder)/cpu.cfs_period_us")
          {
            consider(parse(quota: quota, period: period))
          }
        }
      }
    }
    return smallest
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

  /// A line of /proc/self/cgroup: `4:cpu,cpuacct:/user` (version 1), `0::/user` (version 2).
  package struct Membership: Hashable {
    package let controllers: [String]
    package let path: String
  }

  package static func memberships(_ text: String) -> [Membership] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return nil }
      return Membership(
        controllers: fields[1].split(separator: ",").map(String.init), path: String(fields[2]))
    }
  }

  /// Where a hierarchy of control groups is mounted.
  package struct Mount: Hashable {
    package enum Version { case one, two }
    package let version: Version
    /// The group that the mount point shows, `/` outside containers.
    package let root: String
    package let point: String

    /// The mounts in /proc/self/mountinfo that can hold cpu quotas.
    package static func parse(_ text: String) -> [Mount] {
      text.split(separator: "\n").compactMap { line in
        // … root point options optional… - type source super-options
        let words = line.split(separator: " ").map(String.init)
        guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count > dash + 3 else {
          return nil
        }
        switch words[dash + 1] {
        case "cgroup2":
          return Mount(version: .two, root: words[3], point: words[4])
        case "cgroup" where words[dash + 3].split(separator: ",").contains("cpu"):
          return Mount(version: .one, root: words[3], point: words[4])
        default:
          return nil
        }
      }
    }

    func serves(_ membership: Membership) -> Bool {
      switch version {
      case .one: membership.controllers.contains("cpu")
      case .two: membership.controllers.isEmpty
      }
    }

    /// The folder of the process's group and of each group above it, as far as they are visible.
    package func folders(of membership: Membership) -> [String] {
      // A container's mount shows its own group at the mount point, while the path may be given as
      // the host sees it.
      var path = membership.path
      if root != "/" {
        path = path == root || path.hasPrefix(root + "/") ? String(path.dropFirst(root.count)) : ""
      }
      var components = path.split(separator: "/").filter { $0 != ".." }
      var folders = [point]
      while !components.isEmpty {
        folders.append(point + "/" + components.joined(separator: "/"))
        components.removeLast()
      }
      return folders
    }
  }
}
