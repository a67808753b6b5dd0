import Foundation
import Testing

/// Systems that do not give the tool the threads it needs: one line within a moment, where Dispatch
/// would wait for ever.
@Suite(.serialized) struct ThreadLimitTests {
  private static let training =
    "train --model mlp --data shapes:100,20 --epochs 1 --workers 2 --no-output"
    .split(separator: " ").map(String.init)

  private func expectShortage(
    _ run: ToolRun, naming words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(run.exitCode == 1, "\(run.standardError)", sourceLocation: sourceLocation)
    #expect(run.errorLines.count == 1, "\(run.standardError)", sourceLocation: sourceLocation)
    for words in [words, "threads that are needed can be made", "--workers"] {
      #expect(
        run.standardError.contains(words), "\(run.standardError)", sourceLocation: sourceLocation)
    }
  }

  /// Stacks so large that only few fit: their memory is looked for before the threads are.
  @Test func littleAddressSpace() throws {
    let run = try ToolRun(
      Self.training, shell: "ulimit -s 1000000; ulimit -v 2900000; exec \"$@\"",
      timeoutSeconds: 60)
    #expect(run.exitCode == 1, "\(run.standardError)")
    #expect(run.errorLines.count == 1, "\(run.standardError)")
    #expect(run.standardError.contains("no memory for the threads"), "\(run.standardError)")
    #expect(run.standardError.contains("'ulimit -v 2900000'"), "\(run.standardError)")
  }

  /// Root may have any number, so another user is asked.
  @Test(.enabled(if: Self.asUser != nil, "needs prlimit, and setpriv or a user other than root"))
  func userLimit() throws {
    let asUser = try #require(Self.asUser)
    let run = try ToolRun(
      Self.training, shell: "exec prlimit --nproc=1 \(asUser) \"$@\"", in: URL(filePath: "/"),
      timeoutSeconds: 60)
    expectShortage(run, naming: "of at most 1 processes and threads (ulimit -u)")
  }

  @Test(
    .enabled(if: Self.pidsGroup != nil, "needs permission to make a control group"),
    arguments: [1, 2, 3])
  func controlGroup(most: Int) throws {
    let group = try #require(Self.pidsGroup).appending(path: "tandem-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: group, withIntermediateDirectories: false)
    defer { rmdir(group.path) }
    try Data("\(most)".utf8).write(to: group.appending(path: "pids.max"))
    let run = try ToolRun(
      Self.training, shell: "echo $$ > \(group.path)/cgroup.procs && exec \"$@\"",
      timeoutSeconds: 60)
    expectShortage(
      run, naming: "the control group \(group.path) has \(most) of at most \(most) processes")
  }

  /// The words before a command that let it run as a user whom limits concern, and who may run the
  /// tool.
  private static let asUser: String? = {
    let word = getuid() == 0 ? "setpriv --reuid=65534 --clear-groups" : "env"
    let run = try? ToolRun(
      ["models"], shell: "exec prlimit --nproc=1 \(word) \"$@\"",
      in: URL(filePath: "/"))
    return run?.exitCode == 0 ? word : nil
  }()

  private static let pidsGroup: URL? =
    ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"].map { URL(filePath: $0) }.first { parent in
      let group = parent.appending(path: "tandem-test-\(UUID().uuidString)")
      guard mkdir(group.path, 0o755) == 0 else { return false }
      defer { rmdir(group.path) }
      return FileManager.default.isWritableFile(atPath: group.appending(path: "pids.max").path)
    }

  @Test func fewDescriptors() throws {
    let run = try ToolRun(Self.training, shell: "ulimit -n 24; exec \"$@\"", timeoutSeconds: 60)
    run.expectSuccess()
    for limit in [4, 8] {
      let few = try ToolRun(
        Self.training, shell: "ulimit -n \(limit); exec \"$@\"", timeoutSeconds: 60)
      few.expectFailure(naming: "'ulimit -n \(limit)'")
    }
  }
}
