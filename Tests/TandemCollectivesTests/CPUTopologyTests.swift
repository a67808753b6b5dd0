import TandemCollectives
import Testing

@Suite("CPUTopology")
struct CPUTopologyTests {
  @Test("cpu lists")
  func lists() {
    #expect(CPUList.parse("0\n") == [0])
    #expect(CPUList.parse("0-3,8,10-11\n") == [0, 1, 2, 3, 8, 10, 11])
    #expect(CPUList.parse("\n") == [])
    for bad in ["a", "1-", "-1", "3-1", "1,,2", "1-2-3"] { #expect(CPUList.parse(bad) == nil) }
  }

  @Test("hyper-threads count as one core, and the mask may leave only one of them")
  func hyperThreads() {
    let siblings = [0: [0, 4], 4: [0, 4], 1: [1, 5], 5: [1, 5], 2: [2, 6], 6: [2, 6]]
    let all = CPUTopology(allowedCPUs: [0, 1, 2, 4, 5, 6], siblings: siblings, quota: nil)
    #expect(all.cores == [[0, 4], [1, 5], [2, 6]])
    #expect(all.usableCores == 3)
    #expect(all.pinnableCPUs == [0, 1, 2])
    let masked = CPUTopology(allowedCPUs: [4, 5], siblings: siblings, quota: nil)
    #expect(masked.cores == [[4], [5]])
    #expect(masked.pinnableCPUs == [4, 5])
    let unknown = CPUTopology(allowedCPUs: [3, 7], siblings: [:], quota: nil)
    #expect(unknown.usableCores == 2)
  }

  @Test("a quota limits the cores, rounded down, to one at least")
  func quotas() {
    func usable(_ quota: Double?) -> Int {
      CPUTopology(allowedCPUs: [0, 1, 2, 3], siblings: [:], quota: quota).usableCores
    }
    #expect(usable(nil) == 4)
    #expect(usable(1.5) == 1)
    #expect(usable(0.2) == 1)
    #expect(usable(2) == 2)
    #expect(usable(64) == 4)
  }

  @Test("quota files of both versions of control groups")
  func quotaFiles() {
    #expect(CgroupQuota.parseMaximum("150000 100000\n") == 1.5)
    #expect(CgroupQuota.parseMaximum("max 100000\n") == nil)
    #expect(CgroupQuota.parseMaximum("") == nil)
    #expect(CgroupQuota.parseMaximum("1 0") == nil)
    #expect(CgroupQuota.parse(quota: "50000\n", period: "100000\n") == 0.5)
    #expect(CgroupQuota.parse(quota: "-1\n", period: "100000\n") == nil)
  }

  private static let version2 = """
    29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate
    30 23 0:27 / /proc rw - proc proc rw
    """

  @Test("version 2: the smallest quota of the group and those above it counts")
  func version2() {
    let files = [
      "/proc/self/cgroup": "0::/user.slice/job.scope\n",
      "/proc/self/mountinfo": Self.version2,
      "/sys/fs/cgroup/user.slice/job.scope/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/user.slice/cpu.max": "250000 100000\n",
    ]
    #expect(CgroupQuota.detect { files[$0] } == 2.5)
  }

  @Test("version 1: the cpu controller's hierarchy, as a container sees it")
  func version1() {
    let files = [
      "/proc/self/cgroup": "5:memory:/docker/12ab\n4:cpu,cpuacct:/docker/12ab\n1:name=systemd:/x\n",
      "/proc/self/mountinfo": """
      41 31 0:36 /docker/12ab /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
      42 31 0:37 /docker/12ab /sys/fs/cgroup/cpu,cpuacct ro master:9 - cgroup cgroup rw,cpu,cpuacct
      """,
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "300000\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/memory/cpu.cfs_quota_us": "100\n",
    ]
    #expect(CgroupQuota.detect { files[$0] } == 3)
  }

  @Test("no control groups, no quota; hybrid mounts of both versions")
  func mixed() {
    #expect(CgroupQuota.detect { _ in nil } == nil)
    let files = [
      "/proc/self/cgroup": "2:cpuacct:/\n1:cpu:/\n0::/\n",
      "/proc/self/mountinfo": """
      32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
      33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct
      41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
      """,
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    ]
    #expect(CgroupQuota.detect { files[$0] } == nil)
  }

  @Test("mask, siblings and quota come together; old kernels' file name is read too")
  func detection() {
    let files = [
      "/sys/devices/system/cpu/cpu0/topology/core_cpus_list": "0,2\n",
      "/sys/devices/system/cpu/cpu1/topology/thread_siblings_list": "1,3\n",
      "/sys/devices/system/cpu/cpu2/topology/core_cpus_list": "0,2\n",
      "/sys/devices/system/cpu/cpu3/topology/thread_siblings_list": "1,3\n",
      "/proc/self/cgroup": "0::/\n",
      "/proc/self/mountinfo": Self.version2,
      "/sys/fs/cgroup/cpu.max": "100000 100000\n",
    ]
    let topology = CPUTopology.detect(allowedCPUs: [0, 1, 2, 3]) { files[$0] }
    #expect(topology.cores == [[0, 2], [1, 3]])
    #expect(topology.quota == 1)
    #expect(topology.usableCores == 1)
  }

  @Test("a machine with more cores than a team can have workers")
  func largeMachine() {
    let large = CPUTopology(allowedCPUs: Array(0..<300), siblings: [:], quota: nil)
    #expect(large.usableCores == 300)
    #expect(large.defaultWorkers == Team.mostWorkers)
    let limited = CPUTopology(allowedCPUs: Array(0..<300), siblings: [:], quota: 2.5)
    #expect(limited.defaultWorkers == 2)
  }

  @Test("this machine has at least one core, and its cpus are in the mask")
  func thisMachine() {
    let topology = CPUTopology.current()
    #expect(topology.usableCores >= 1)
    #expect(topology.pinnableCPUs.count == topology.cores.count)
    #expect(Set(topology.cores.joined()) == Set(topology.allowedCPUs))
  }

  @Test("variables of OpenMP that name cpus, and leave some out, are told to be of no use")
  func openMPVariables() {
    func warning(_ environment: [String: String]) -> String? {
      OpenMPVariables.warning(environment, cpus: [0, 1, 2, 3])
    }
    #expect(warning([:]) == nil)
    for whole in ["0-3", "0 1 2 3", "3,2,1,0", "0-2:2 1-3:2", "0-127"] {
      #expect(warning(["GOMP_CPU_AFFINITY": whole]) == nil)
    }
    for part in ["", "9", "0-2", "0-3:2", "a-b"] {
      #expect(warning(["GOMP_CPU_AFFINITY": part])?.contains("GOMP_CPU_AFFINITY") == true)
    }
    #expect(warning(["OMP_PROC_BIND": "true", "OMP_PLACES": "cores"]) == nil)
    #expect(warning(["OMP_PLACES": "{0,1}"])?.contains("OMP_PLACES") == true)
    #expect(warning(["GOMP_CPU_AFFINITY": "0-2"])?.contains("cpus 0-3") == true)
    #expect(warning(["KMP_AFFINITY": "explicit,proclist=[0]"])?.contains("KMP_AFFINITY") == true)
  }
}
