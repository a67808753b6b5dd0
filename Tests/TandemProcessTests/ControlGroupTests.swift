import TandemProcess
import Testing

@Suite("Control groups")
struct ControlGroupTests {
  @Test("version 2: the group and those above it")
  func version2() {
    let files = [
      "/proc/self/cgroup": "0::/user.slice/job.scope\n",
      "/proc/self/mountinfo":
        "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
    ]
    #expect(
      ControlGroups.folders(controller: "pids") { files[$0] }.map(\.path) == [
        "/sys/fs/cgroup/user.slice/job.scope", "/sys/fs/cgroup/user.slice", "/sys/fs/cgroup",
      ])
  }

  @Test("version 1: the controller's own hierarchy, as a container sees it")
  func version1() {
    let files = [
      "/proc/self/cgroup": "5:memory:/docker/12ab\n4:pids:/docker/12ab\n",
      "/proc/self/mountinfo": """
      41 31 0:36 /docker/12ab /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
      42 31 0:37 /docker/12ab /sys/fs/cgroup/pids ro master:9 - cgroup cgroup rw,pids
      """,
    ]
    let groups = ControlGroups.folders(controller: "pids") { files[$0] }
    #expect(groups.map(\.path) == ["/sys/fs/cgroup/pids"])
    #expect(groups.allSatisfy { $0.version == .one })
    #expect(ControlGroups.folders(controller: "cpu") { files[$0] }.isEmpty)
    #expect(ControlGroups.folders(controller: "pids") { _ in nil }.isEmpty)
  }
}
