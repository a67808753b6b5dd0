import TandemCollectives
import TestSupport
import Testing

@Suite("where ranks run")
struct JobMapTests {
  /// Ranks of one host with these cores each, of which the launcher has so many.
  private func host(
    _ cores: [[[Int]]], first: Int = 0, launcher: Int, name: String = "a", quota: Double? = nil
  ) -> [RankCores] {
    cores.enumerated().map { index, cores in
      RankCores(
        rank: first + index, host: name, hostNumber: first, cores: cores, quota: quota,
        coresOfLauncher: launcher)
    }
  }

  private let four = [[0, 4], [1, 5], [2, 6], [3, 7]]

  @Test("a bound rank has all cores that it is bound to")
  func bound() {
    let map = JobMap(host([[[0, 4]], [[1, 5], [2, 6]]], launcher: 4))
    #expect(map.ownCores(ofRank: 0) == [[0, 4]])
    #expect(map.ownCores(ofRank: 1) == [[1, 5], [2, 6]])
    #expect(map.pinnableCPUs(ofRank: 1) == [1, 2])
    #expect([0, 1].map { map.usableCores(ofRank: $0) } == [1, 2])
  }

  @Test("ranks that may use the same cores divide them")
  func shared() {
    let two = JobMap(host([four, four], launcher: 4))
    #expect((0..<2).map { two.pinnableCPUs(ofRank: $0) } == [[0, 1], [2, 3]])
    let three = JobMap(host([four, four, four], launcher: 4))
    #expect((0..<3).map { three.pinnableCPUs(ofRank: $0) } == [[0], [1], [2, 3]])
    // More ranks than cores: nobody has one alone, each has a worker.
    let five = JobMap(host([four, four, four, four, four], launcher: 4))
    #expect((0..<5).allSatisfy { five.ownCores(ofRank: $0).isEmpty })
    #expect((0..<5).allSatisfy { five.usableCores(ofRank: $0) == 1 })
  }

  @Test("ranks of other hosts do not count, whatever their hosts are called")
  func hosts() {
    let map = JobMap(host([four], launcher: 4) + host([four], first: 1, launcher: 4))
    #expect((0..<2).map { map.usableCores(ofRank: $0) } == [4, 4])
    #expect(map.warnings(workers: [4, 4]) == [])
  }

  @Test("a control group's limit is for all ranks of a host")
  func quota() {
    let map = JobMap(host([four, four], launcher: 4, quota: 3.5))
    #expect((0..<2).map { map.usableCores(ofRank: $0) } == [1, 1])
    #expect(
      map.warnings(workers: [2, 2]) == [
        "ranks 0-1 (host a) run 4 workers on 3 cores, which is slower than one worker per core; use "
          + "mpirun --map-by ppr:2:node:PE=2 --bind-to core, or `workers` 1"
      ])
  }

  @Test("no warning where each worker has a core")
  func fine() {
    #expect(JobMap(host([four, four], launcher: 4)).warnings(workers: [2, 2]) == [])
    #expect(JobMap(host([[[0]], [[1]]], launcher: 2)).warnings(workers: [1, 1]) == [])
    // Asked for fewer workers than there are cores.
    #expect(JobMap(host([four], launcher: 4)).warnings(workers: [1]) == [])
    // One core is left, but no rank could have one more than the others have.
    #expect(JobMap(host([[[0]], [[1]], [[2]]], launcher: 4)).warnings(workers: [1, 1, 1]) == [])
  }

  @Test("two ranks on the same core are told which flags give each its own")
  func sameCore() {
    #expect(
      JobMap(host([[[0]], [[0]]], launcher: 4)).warnings(workers: [1, 1]) == [
        "ranks 0-1 (host a) run 2 workers on 1 core, which is slower than one worker per core; use "
          + "mpirun --map-by ppr:2:node:PE=2 --bind-to core, or at most 1 rank there"
      ])
  }

  @Test("more workers than the cores that a rank is bound to")
  func moreWorkers() {
    let map = JobMap(host([[[0]], [[1]]], launcher: 8))
    #expect(
      map.warnings(workers: [4, 4]) == [
        "ranks 0-1 (host a) run 8 workers on 2 cores, which is slower than one worker per core; use "
          + "mpirun --map-by ppr:2:node:PE=4 --bind-to core, or `workers` 1"
      ])
    #expect(
      map.warnings(workers: [1, 4]) == [
        "rank 1 (host a) runs 4 workers on 1 core, which is slower than one worker per core; use "
          + "mpirun --map-by ppr:2:node:PE=4 --bind-to core, or `workers` 1"
      ])
    // All cores are in use: binding would not help.
    #expect(
      JobMap(host([four, four], launcher: 4)).warnings(workers: [4, 4]) == [
        "ranks 0-1 (host a) run 8 workers on 4 cores, which is slower than one worker per core; use "
          + "`workers` 2"
      ])
  }

  @Test("cores that nobody uses because ranks are bound to others")
  func idle() {
    #expect(
      JobMap(host([[[0]]], launcher: 2)).warnings(workers: [1]) == [
        "rank 0 (host a) is bound to 1 of 2 cores; to use all, add mpirun --map-by "
          + "ppr:1:node:PE=2 --bind-to core"
      ])
    let map = JobMap(
      host([[[0]], [[1]]], launcher: 16) + host([[[0]]], first: 2, launcher: 8, name: "b"))
    #expect(
      map.warnings(workers: [1, 1, 1]) == [
        "ranks 0-1 (host a) are bound to 2 of 16 cores; to use all, add mpirun --map-by "
          + "ppr:2:node:PE=8 --bind-to core",
        "rank 2 (host b) is bound to 1 of 8 cores; to use all, add mpirun --map-by "
          + "ppr:1:node:PE=8 --bind-to core",
      ])
  }
}
