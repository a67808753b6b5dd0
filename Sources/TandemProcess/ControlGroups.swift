/// Where Linux shows the control groups that this process is in: containers and batch systems limit
/// processors, memory and processes this way.
///
/// https://docs.kernel.org/admin-guide/cgroup-v2.html and
/// https://docs.kernel.org/admin-guide/cgroup-v1/cgroups.html
package enum ControlGroups {
  /// A group's folder in a mounted hierarchy.
  package struct Folder: Hashable, Sendable {
    package let version: Version
    package let path: String
  }

  package enum Version: Hashable, Sendable { case one, two }

  /// The folders of the process's group and of each group above it, as far as they are visible.
  ///
  /// - Parameters:
  ///   - controller: what the group controls: `cpu`, `memory` or `pids`. In version 2 all are in
  ///     one hierarchy, and a group may lack the controller's files.
  ///   - contents: reads a file of the system; nil for one that there is not.
  package static func folders(
    controller: String, contents: (String) -> String?
  ) -> [Folder] {
    guard let groups = contents("/proc/self/cgroup"),
      let mounts = contents("/proc/self/mountinfo")
    else { return [] }
    let memberships = memberships(groups)
    return Mount.parse(mounts, controller: controller).flatMap { mount -> [Folder] in
      guard
        let membership = memberships.first(where: {
          switch mount.version {
          case .one: $0.controllers.contains(controller)
          case .two: $0.controllers.isEmpty
          }
        })
      else { return [] }
      return mount.folders(of: membership).map { Folder(version: mount.version, path: $0) }
    }
  }

  /// A line of /proc/self/cgroup: `4:cpu,cpuacct:/user` (version 1), `0::/user` (version 2).
  private struct Membership {
    let controllers: [String]
    let path: String
  }

  private static func memberships(_ text: String) -> [Membership] {
    text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return nil }
      return Membership(
        controllers: fields[1].split(separator: ",").map(String.init), path: String(fields[2]))
    }
  }

  /// Where a hierarchy of control groups is mounted.
  private struct Mount {
    let version: Version
    /// The group that the mount point shows, `/` outside containers.
    let root: String
    let point: String

    /// The mounts in /proc/self/mountinfo that can hold the controller's limits.
    static func parse(_ text: String, controller: String) -> [Mount] {
      text.split(separator: "\n").compactMap { line in
        // … root point options optional… - type source super-options
        let words = line.split(separator: " ").map(String.init)
        guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count > dash + 3 else {
          return nil
        }
        switch words[dash + 1] {
        case "cgroup2":
          return Mount(version: .two, root: words[3], point: words[4])
        case "cgroup" where words[dash + 3].split(separator: ",").contains(Substring(controller)):
          return Mount(version: .one, root: words[3], point: words[4])
        default:
          return nil
        }
      }
    }

    /// The folder of the process's group, and of each group above it, from the inside outwards.
    func folders(of membership: Membership) -> [String] {
      // A container's mount shows its own group at the mount point, while the path may be given as
      // the host sees it.
      var path = membership.path
      if root != "/" {
        path = path == root || path.hasPrefix(root + "/") ? String(path.dropFirst(root.count)) : ""
      }
      var components = path.split(separator: "/").filter { $0 != ".." }
      var folders: [String] = []
      while !components.isEmpty {
        folders.append(point + "/" + components.joined(separator: "/"))
        components.removeLast()
      }
      return folders + [point]
    }
  }
}
