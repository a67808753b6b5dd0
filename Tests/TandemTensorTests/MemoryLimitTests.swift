import Foundation
import TandemProcess
import TandemTensor
import Testing

@Suite struct MemoryLimitTests {
  private static let machine = [
    "/proc/meminfo": """
    MemTotal:       16384000 kB
    MemFree:          500000 kB
    MemAvailable:    8192000 kB
    SwapTotal:       2048000 kB
    SwapFree:        1024000 kB
    CommitLimit:    10240000 kB
    Committed_AS:    9216000 kB
    """,
    "/proc/self/status": """
    Name:\ttandem
    VmPeak:\t  300000 kB
    VmSize:\t  200000 kB
    VmData:\t   50000 kB
    """,
  ]

  private func limits(
    _ files: [String: String] = [:], resourceLimit: (MemoryLimit.Kind) -> Int? = { _ in nil }
  ) -> [MemoryLimit] {
    let files = Self.machine.merging(files) { $1 }
    let groups = ControlGroups.folders(controller: "memory") { files[$0] }
    return MemoryLimit.all(
      groups: groups, resourceLimit: resourceLimit, contents: { files[$0] })
  }

  @Test("memory that is free, or can be freed, and free swap space")
  func machine() {
    let expected = MemoryLimit(
      kind: .machine, totalBytes: 18_432_000 << 10, availableBytes: 9_216_000 << 10)
    #expect(limits() == [expected])
    #expect(limits(["/proc/sys/vm/overcommit_memory": "0\n"]) == [expected])
  }

  @Test("a system that keeps its promises can promise no more than it has")
  func promises() {
    #expect(
      limits(["/proc/sys/vm/overcommit_memory": "2\n"]).last
        == MemoryLimit(
          kind: .promises, totalBytes: 10_240_000 << 10, availableBytes: 1_024_000 << 10))
  }

  @Test("ulimit -v and -d count what the process has")
  func resourceLimits() {
    let all = limits { $0 == .addressSpace ? 600_000 << 10 : $0 == .data ? 40_000 << 10 : nil }
    #expect(
      all.prefix(2) == [
        MemoryLimit(
          kind: .addressSpace, totalBytes: 600_000 << 10, availableBytes: 400_000 << 10),
        MemoryLimit(kind: .data, totalBytes: 40_000 << 10, availableBytes: 0),
      ])
  }

  @Test("version 2 of control groups: each group up to the root, less what files have cached")
  func version2() {
    let point = "/sys/fs/cgroup"
    let all = limits([
      "/proc/self/cgroup": "0::/user.slice/job.scope\n",
      "/proc/self/mountinfo": "29 23 0:26 / \(point) rw shared:4 - cgroup2 cgroup2 rw\n",
      "\(point)/user.slice/job.scope/memory.max": "max\n",
      "\(point)/user.slice/job.scope/memory.current": "123\n",
      "\(point)/user.slice/memory.max": "\(512 << 20)\n",
      "\(point)/user.slice/memory.current": "\(400 << 20)\n",
      "\(point)/user.slice/memory.stat": "anon 99\ninactive_file \(30 << 20)\nactive_file 4096\n",
      "\(point)/user.slice/memory.swap.max": "\(10 << 20)\n",
      "\(point)/user.slice/memory.swap.current": "\(7 << 20)\n",
    ])
    let group = MemoryLimit(
      kind: .controlGroup(path: "\(point)/user.slice"), totalBytes: 512 << 20,
      availableBytes: ((112 + 30 + 3) << 20) + 4096)
    #expect(all.first == group)
    #expect(all.map(\.kind) == [group.kind, .machine])
  }

  @Test(
    "version 1: limits of memory and of swap, and the number that means none",
    arguments: [("9223372036854771712", nil), ("\(256 << 20)", 56 + 20 + 5)])
  func version1(limit: String, availableMebibytes: Int?) {
    let folder = "/sys/fs/cgroup/memory"
    let all = limits([
      "/proc/self/cgroup": "5:memory:/docker/12ab\n4:cpu,cpuacct:/docker/12ab\n",
      "/proc/self/mountinfo": "41 31 0:36 /docker/12ab \(folder) ro - cgroup cgroup rw,memory\n",
      "\(folder)/memory.limit_in_bytes": "\(limit)\n",
      "\(folder)/memory.usage_in_bytes": "\(200 << 20)\n",
      "\(folder)/memory.memsw.limit_in_bytes": "\(300 << 20)\n",
      "\(folder)/memory.memsw.usage_in_bytes": "\(239 << 20)\n",
      "\(folder)/memory.stat": "inactive_file 1\ntotal_inactive_file \(20 << 20)\n",
    ])
    guard let availableMebibytes else {
      #expect(all.map(\.kind) == [.machine])
      return
    }
    #expect(
      all.first
        == MemoryLimit(
          kind: .controlGroup(path: folder), totalBytes: 256 << 20,
          availableBytes: availableMebibytes << 20))
  }

  @Test("systems that say nothing have what the machine has")
  func nothing() {
    let all = MemoryLimit.all(
      groups: [], resourceLimit: { _ in nil }, contents: { _ in nil })
    #expect(all.map(\.kind) == [.machine])
    #expect(all[0].totalBytes == Int(clamping: ProcessInfo.processInfo.physicalMemory))
  }

  @Test("this process can have a little, and not everything")
  func thisProcess() throws {
    try MemoryLimits.require(bytes: 0, purpose: "test")
    try MemoryLimits.require(bytes: 1 << 20, purpose: "test")
    #expect(MemoryLimits.allow(bytes: 1 << 20) && !MemoryLimits.allow(bytes: 1 << 50))
    for bytes in [Int(clamping: ProcessInfo.processInfo.physicalMemory) * 2, 1 << 50, .max] {
      let error = #expect(throws: MemoryError.self) {
        try MemoryLimits.require(bytes: bytes, purpose: "test")
      }
      #expect(error?.neededBytes == bytes)
    }
  }

  @Test(
    "the error names purpose, limit and remedy",
    arguments: [
      (
        MemoryLimit.Kind.addressSpace, MemoryError.Use.data,
        "67 MiB are left of the 585 MiB of address space that 'ulimit -v 600000' allows; raise that "
          + "limit by 163 MiB or more, or use a smaller file"
      ),
      (
        .data, .data,
        "67 MiB are left of the 585 MiB of data that 'ulimit -d 600000' allows; raise that limit by "
          + "163 MiB or more, or use a smaller file"
      ),
      (
        .controlGroup(path: "/sys/fs/cgroup/job"), .computation,
        "67 MiB are left of the 585 MiB that the control group /sys/fs/cgroup/job allows; give the "
          + "job or container more memory, or use a smaller `batchSize`, or fewer `workers` and "
          + "`shards`"
      ),
      (
        .machine, .data,
        "67 MiB are left of this machine's 585 MiB; end other programs, or use a smaller file"
      ),
      (
        .promises, .data,
        "67 MiB are left of the 585 MiB that this system promises (vm.overcommit_memory is 2); end "
          + "other programs or raise vm.overcommit_ratio, or use a smaller file"
      ),
    ])
  func words(kind: MemoryLimit.Kind, use: MemoryError.Use, words: String) {
    let limit = MemoryLimit(kind: kind, totalBytes: 600_000 << 10, availableBytes: (99 << 20) + 5)
    let error = MemoryError(
      neededBytes: (230 << 20) + 1, purpose: "array of x.npy", use: use, shortage: .limit(limit))
    #expect("\(error)" == "no memory for the array of x.npy: 231 MiB are needed and " + words)
  }

  @Test("what the system refuses names the nearest limit, too")
  func refusedWords() {
    let limit = MemoryLimit(
      kind: .addressSpace, totalBytes: 160_000 << 10, availableBytes: 70 << 20)
    let error = MemoryError(
      neededBytes: 8 << 20, purpose: "array of x.npy", use: .data, shortage: .refusedNear(limit))
    #expect(
      "\(error)"
        == "no memory for the array of x.npy: 8 MiB are needed and the system refused them "
        + "although 70 MiB are left of the 156 MiB of address space that 'ulimit -v 160000' allows; "
        + "raise that limit by 40 MiB or more, or use a smaller file")
  }

  @Test("the program itself needs the margin, too")
  func programWords() {
    let limit = MemoryLimit(kind: .addressSpace, totalBytes: 160_000 << 10, availableBytes: 7 << 20)
    let error = MemoryError(
      neededBytes: 8 << 20, purpose: "program itself", use: .program, shortage: .limit(limit))
    #expect(
      "\(error)" == "no memory for the program itself: 40 MiB are needed and 7 MiB are left of the "
        + "156 MiB of address space that 'ulimit -v 160000' allows; raise that limit by 33 MiB or "
        + "more")
  }

  @Test("nothing that is needed or left is too large for words")
  func extremeWords() {
    for needed in [0, .max] {
      for left in [0, Int.max] {
        let limit = MemoryLimit(kind: .addressSpace, totalBytes: .max, availableBytes: left)
        let error = MemoryError(
          neededBytes: needed, purpose: "test", use: .data, shortage: .limit(limit))
        #expect("\(error)".hasPrefix("no memory for the test: "))
      }
    }
  }
}
