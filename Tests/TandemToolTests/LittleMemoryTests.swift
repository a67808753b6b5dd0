import Foundation
import Tandem
import Testing

/// Too little memory, of whatever kind and at whatever stage, or too few files: one line, never a
/// signal.
@Suite(.serialized) struct LittleMemoryTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func run(_ line: String, limit: String) throws -> ToolRun {
    try ToolRun(
      line.split(separator: " ").map(String.init), shell: "ulimit \(limit); exec \"$@\"")
  }

  /// The run went well, or it ended with one line that names the limit.
  private func expectALine(
    _ run: ToolRun, naming limit: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let errors = run.errorLines.filter { $0.contains("error") }
    if run.exitCode == 127 {
      // Not even the libraries fit; the system's loader says so before there is a program.
      #expect(
        run.standardError.contains("error while loading shared libraries"),
        "\(run.standardError)", sourceLocation: sourceLocation)
    } else if run.exitCode != 0 {
      #expect(run.exitCode == 1, "\(run.standardError)", sourceLocation: sourceLocation)
      #expect(
        errors.first?.hasPrefix("tandem: error: ") == true, "\(run.standardError)",
        sourceLocation: sourceLocation)
      #expect(
        errors.first?.contains(limit) == true, "\(run.standardError)",
        sourceLocation: sourceLocation)
    }
    #expect(errors.count == (run.exitCode == 0 ? 0 : 1), sourceLocation: sourceLocation)
  }

  /// From where the program hardly starts to where it has enough.
  @Test(arguments: Array(stride(from: 130_000, through: 530_000, by: 40_000)))
  func trainingInLittleAddressSpace(kibibytes: Int) throws {
    let run = try run(
      "train --model mlp --data shapes:300,60 --epochs 1 --batch-size 64 --workers 2",
      limit: "-v \(kibibytes)")
    expectALine(run, naming: "ulimit -v \(kibibytes)")
  }

  @Test(arguments: [20_000, 60_000, 100_000, 140_000])
  func trainingWithLittleData(kibibytes: Int) throws {
    let run = try run(
      "train --model mlp --data shapes:300,60 --epochs 1 --batch-size 64 --workers 2",
      limit: "-d \(kibibytes)")
    expectALine(run, naming: "ulimit -d \(kibibytes)")
  }

  @Test func networkThatIsTooLarge() throws {
    let run = try run("bench --model alexnet --batch-size 8 --steps 1", limit: "-v 350000")
    run.expectFailure(
      naming: "no memory for the parameters: 234 MiB are needed and ",
      "MiB of address space that 'ulimit -v 350000' allows; raise that limit by ",
      "or use a smaller network")
    #expect(run.exitCode == 1)
    #expect(run.errorLines.count == 1)
  }

  /// 380 MB of zeros, which take no space on the disk.
  @Test func arrayThatIsTooLarge() throws {
    try ToolRun(
      "train --model mlp --data shapes:50,20 --epochs 1 --output \(folder.path("run"))"
    ).expectSuccess()
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (660000, 1, 24, 24), }"
    let padded = header.padding(toLength: 117, withPad: " ", startingAt: 0) + "\n"
    let file = try folder.write(
      [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(padded.utf8), to: "x.npy")
    #expect(truncate(file, 128 + 660_000 * 576) == 0)
    let run = try run(
      "predict --weights \(folder.path("run")) --input \(file) --output \(folder.path("y.npy"))",
      limit: "-v 650000")
    run.expectFailure(naming: "no memory", file, "ulimit -v 650000")
    #expect(run.exitCode == 1)
    #expect(run.errorLines.count == 1)
  }

  /// Standard input, output and error are open already, and perhaps what was inherited.
  @Test(arguments: [4, 8, 14])
  func fewFilesAtOnce(descriptors: Int) throws {
    let run = try run(
      "train --model mlp --data shapes:50,20 --epochs 1", limit: "-n \(descriptors)")
    #expect(run.exitCode == 1)
    // UCX, which Open MPI 5 brings along, has its own words, before the tool's first line.
    #expect(run.lines.allSatisfy { $0.contains(" UCX ") }, "\(run.standardOutput)")
    for words in [
      "12 files have to be open at once, and 'ulimit -n \(descriptors)' allows only ",
      " more; raise that limit to ",
    ] {
      #expect(run.standardError.contains(words), "\(run.standardError)")
    }
    #expect(run.errorLines.count == 1)
  }

  /// Where nobody has asked beforehand, the program's last words need no memory.
  @Test func refusedAllocationEndsWithALine() throws {
    // The tool's own path tells where the other program of this build is.
    let program = "\"${1%/*}/rank-tests\""
    let run = try ToolRun([], shell: "ulimit -v 400000; exec \(program) exhaust-memory")
    #expect(run.exitCode == 1)
    #expect(run.errorLines.count == 1)
    #expect(
      run.standardError.hasPrefix("tandem: error: rank 7: no memory: "), "\(run.standardError)")
    #expect(
      run.standardError.contains(
        " KiB more do not fit into the 390 MiB of address space that 'ulimit -v 400000' allows; "),
      "\(run.standardError)")
    #expect(
      run.standardError.hasSuffix("raise that limit, or run by hand\n"), "\(run.standardError)")
  }

  /// The kernel ends a program that uses more than its group may have, without a word.
  @Test(.enabled(if: LimitedGroup.canBeMade, "needs root and control groups that limit memory"))
  func controlGroup() throws {
    let group = try LimitedGroup(mebibytes: 160)
    let run = try ToolRun(
      "bench --model alexnet --batch-size 8 --steps 1".split(separator: " ").map(String.init),
      shell: "echo $$ > \(group.folder)/cgroup.procs && exec \"$@\"")
    run.expectFailure(
      naming: "no memory for the parameters: 234 MiB are needed and ",
      " MiB are left of the 160 MiB that the control group \(group.folder) allows")
    #expect(run.exitCode == 1)
    #expect(run.errorLines.count == 1)
  }
}

/// A control group of our own, of either version, with a limit of memory.
private final class LimitedGroup {
  let folder: String

  /// Whether a group can be made here that limits memory; leaves nothing behind.
  static let canBeMade = (try? LimitedGroup(mebibytes: 64)) != nil

  init(mebibytes: Int) throws {
    let root = "/sys/fs/cgroup"
    let isVersion1 = FileManager.default.fileExists(atPath: root + "/memory/memory.limit_in_bytes")
    folder = root + (isVersion1 ? "/memory" : "") + "/tandem-tests-\(UUID().uuidString)"
    if !isVersion1 { try? Self.write("+memory", to: root + "/cgroup.subtree_control") }
    guard mkdir(folder, 0o755) == 0 else { throw POSIXError(.EPERM) }
    do {
      let name = isVersion1 ? "memory.limit_in_bytes" : "memory.max"
      try Self.write("\(mebibytes << 20)", to: folder + "/" + name)
    } catch {
      rmdir(folder)
      throw error
    }
  }

  private static func write(_ text: String, to path: String) throws {
    // Not atomically: these are no files that could be renamed.
    guard let file = FileHandle(forWritingAtPath: path) else { throw POSIXError(.ENOENT) }
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
  }

  deinit {
    rmdir(folder)
  }
}
