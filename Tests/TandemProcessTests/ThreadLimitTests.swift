import Dispatch
import Foundation
import Synchronization
import TandemProcess
import Testing

@Suite("Threads and their limits")
struct ThreadLimitTests {
  private func find(
    _ files: [String: String] = [:], limits: [ResourceLimit: Int] = [:], ofUser: Int? = nil
  ) -> ThreadLimit {
    .find(
      needed: 4, errorNumber: 11, contents: { files[$0] }, limit: { limits[$0] },
      ofUser: { ofUser })
  }

  private static let group = [
    "/proc/self/cgroup": "0::/job/step\n",
    "/proc/self/mountinfo": "29 23 0:26 / /cg rw shared:4 - cgroup2 cgroup2 rw\n",
    "/cg/job/pids.max": "64\n", "/cg/job/pids.current": "62\n",
    "/cg/job/step/pids.max": "max\n", "/cg/job/step/pids.current": "20\n",
  ]

  @Test("the limit that leaves the fewest threads is named")
  func closest() {
    #expect(find() == .system(message: "Resource temporarily unavailable"))
    #expect(find(Self.group) == .controlGroup(folder: "/cg/job", most: 64, present: 62))
    #expect(
      find(Self.group, limits: [.processes: 100], ofUser: 99) == .user(most: 100, present: 99))
    // A limit that is far away is not the reason.
    #expect(
      find(limits: [.processes: 10_000], ofUser: 99)
        == .system(message: "Resource temporarily unavailable"))
    // Four stacks of 8 MiB do not fit. /proc counts in pages.
    let statm = ["/proc/self/statm": "1000 1 1 1 0 1 0\n"]
    let most = 20 << 20
    guard case .addressSpace(most, let used) = find(statm, limits: [.addressSpace: most]) else {
      Issue.record("another limit")
      return
    }
    #expect(used >= 4_096_000)
  }

  @Test("what is in the way is said in one line")
  func words() {
    let shortage = ThreadShortage(
      needed: 4, made: 1, limit: .controlGroup(folder: "/cg/job", most: 64, present: 63))
    #expect(
      shortage.description
        == "only 1 of 4 threads that are needed can be made: the control group /cg/job has 63 of at most "
        + "64 processes and threads (pids.max); raise that limit, end other programs, or use fewer "
        + "`workers`")
  }

  @Test("a thread of our own, and many side by side")
  func threads() throws {
    try OwnThread.require(20)
    let sum = Mutex(0)
    OwnThread.sideBySide(1000) { number in sum.withLock { $0 += number } }
    #expect(sum.withLock { $0 } == 499_500)
    OwnThread.sideBySide(0) { _ in Issue.record("nothing to do") }
  }

  @Test("blocks of Dispatch all run at the same time")
  func dispatch() throws {
    let count = Mutex(0)
    let group = DispatchGroup()
    try DispatchThreads.start(5, label: "test", in: group) { _ in
      count.withLock { $0 += 1 }
      while count.withLock({ $0 }) < 5 { usleep(100) }
    }
    group.wait()
    #expect(count.withLock { $0 } == 5)
  }
}
