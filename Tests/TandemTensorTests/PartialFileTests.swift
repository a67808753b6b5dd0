import Foundation
import TandemTensor
import TestSupport
import Testing

/// What a killed program leaves of a file goes when somebody writes the same file again; what
/// somebody else is writing stays.
@Suite struct PartialFileTests {
  /// The name that a process has given to its temporary file for a file in `folder`.
  private func partialName(forFile name: String, _ folder: String) throws -> String {
    var found: [String] = []
    try AtomicFile.write(to: folder + "/" + name) { _ in
      found = try FileSystem.names(inFolder: folder).filter(PartialFile.isOne)
    }
    return try #require(found.first)
  }

  /// The name with another process, started at another time, or on another host.
  private func changed(
    _ name: String, process: Int32? = nil, ticks: String? = nil, host: String? = nil
  ) -> String {
    var parts = name.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    if let host { parts[2] = host }
    if let process { parts[3] = "\(process)" }
    if let ticks { parts[4] = ticks }
    return parts.joined(separator: "-")
  }

  /// A process that is over.
  private func deadProcess() throws -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/true")
    try process.run()
    process.waitUntilExit()
    return process.processIdentifier
  }

  @Test func sweepsWhatDeadProcessesLeft() throws {
    try withTemporaryFolder { folder in
      let own = try partialName(forFile: "y.npy", folder)
      let otherFile = try partialName(forFile: "z.npy", folder)
      let dead = try deadProcess()
      let gone = [changed(own, process: dead), changed(own, ticks: "1")]
      let kept = [
        own, changed(own, process: dead, host: "1234"), changed(otherFile, process: dead),
        ".tandem-17-abc.partial", ".tandem-mine",
      ]
      for name in gone + kept { try write([1], to: folder + "/" + name) }
      try AtomicFile.write(Data("new".utf8), to: folder + "/y.npy")
      #expect(try Set(FileSystem.names(inFolder: folder)) == Set(kept + ["y.npy", "z.npy"]))
    }
  }

  @Test func sweepsWhatAnotherHostLeftADayAgo() throws {
    try withTemporaryFolder { folder in
      let name = changed(try partialName(forFile: "y", folder), host: "1234")
      try write([1], to: folder + "/" + name)
      let old = [timespec(tv_sec: time(nil) - 100_000, tv_nsec: 0)]
      #expect(utimensat(AT_FDCWD, folder + "/" + name, old + old, 0) == 0)
      try AtomicFile.write(Data("new".utf8), to: folder + "/y")
      #expect(try FileSystem.names(inFolder: folder) == ["y"])
    }
  }

  @Test func namesAreShortWhateverTheFileIsCalled() throws {
    try withTemporaryFolder { folder in
      let name = String(repeating: "n", count: 255)
      let partial = try partialName(forFile: name, folder)
      #expect(partial.utf8.count < 100)
      #expect(try FileSystem.names(inFolder: folder) == [name])
    }
  }

  @Test func onlyItsOwnNamesAreUnderstood() {
    for name in ["", ".tandem-.partial", ".tandem-1-2-3-4.partial", ".tandem-x-2-3-4-5.partial"] {
      #expect(PartialFile(name: name) == nil)
    }
    #expect(PartialFile(name: ".tandem-1-2-3-4-5.partial") != nil)
  }
}

@Suite struct ProcessMarkTests {
  @Test func ownProcessIsAliveAndOthersAreTold() {
    let own = ProcessMark.own
    #expect(own.hasEnded == false)
    #expect(own.isOnThisHost && own.process == getpid() && own.startTicks > 0)
    func mark(host: UInt32? = nil, process: Int32? = nil, ticks: UInt64? = nil) -> ProcessMark {
      ProcessMark(
        host: "h", hostDigest: host ?? own.hostDigest, process: process ?? own.process,
        startTicks: ticks ?? own.startTicks)
    }
    #expect(mark(ticks: own.startTicks + 1).hasEnded == true)
    #expect(mark(ticks: 0).hasEnded == false)
    #expect(mark(host: own.hostDigest ^ 1).hasEnded == nil)
    #expect(mark(process: 0).hasEnded == true)
    #expect(mark(process: -1).hasEnded == true)
    #expect(mark(process: Int32.max).hasEnded == true)
  }
}
