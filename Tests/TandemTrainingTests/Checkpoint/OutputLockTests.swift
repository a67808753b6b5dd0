import Foundation
import Synchronization
import TandemTensor
import TandemTraining
import TestSupport
import Testing

@Suite("Locks of output folders")
struct OutputLockTests {
  private func refusal(_ folder: String, _ locking: OutputLock.Locking? = nil) -> String {
    message {
      _ =
        try locking.map { try OutputLock(folder: folder, locking: $0) }
        ?? OutputLock(folder: folder)
    } ?? "locked"
  }

  @Test("one run at a time, and nothing is left of the lock")
  func exclusive() throws {
    try withTemporaryFolder { folder in
      let lock = try OutputLock(folder: folder)
      #expect(lock.warning == nil)
      let text = refusal(folder)
      let host = ProcessMark.own.host
      #expect(
        text.hasPrefix(
          "the output folder \(folder) is in use by another run, of process \(getpid()) on the host "
            + "\(host) since 20"), "\(text)")
      #expect(text.contains("use another `outputFolder`"))
      lock.release()
      #expect(try FileSystem.names(inFolder: folder) == [])
      #expect(refusal(folder) == "locked")
      #expect(try FileSystem.names(inFolder: folder) == [])
    }
  }

  @Test("what a killed run has left is no lock")
  func leftOver() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/" + OutputLock.name
      for text in ["", "{", "nonsense\n", #"{"owner":{"host":"a"}}"#] {
        try write(Array(text.utf8), to: path)
        #expect(refusal(folder) == "locked")
      }
    }
  }

  /// All of them at once, again and again: whoever has the lock is alone.
  @Test("many threads never have it together, although each removes the file")
  func races() throws {
    try withTemporaryFolder { folder in
      let counts = Counts()
      DispatchQueue.concurrentPerform(iterations: 8) { _ in
        for _ in 0..<100 {
          guard let lock = try? OutputLock(folder: folder) else { continue }
          counts.enter()
          usleep(50)
          counts.leave()
          lock.release()
        }
      }
      #expect(counts.entered > 0)
      #expect(counts.mostAtOnce == 1)
      let left = try FileSystem.names(inFolder: folder)
      #expect(left == [])
    }
  }

  @Test(
    "without locks in the file system, the file's word counts, and the user hears of it",
    arguments: [ENOLCK, ENOTSUP, ENOSYS, EINVAL])
  func noLocks(code: Int32) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/" + OutputLock.name
      let lock = try OutputLock(folder: folder) { _ in code }
      #expect(lock.warning?.hasPrefix("the file system of \(folder) has no locks") == true)
      #expect(refusal(folder) { _ in code }.contains("of process \(getpid()) on the host"))
      let record = try bytes(of: path)
      lock.release()
      #expect(try FileSystem.names(inFolder: folder) == [])

      // Of a process that is over, and of one on another host, where nobody can ask.
      let own = ProcessMark.own
      func writeRecord(host: UInt32, ticks: UInt64) throws {
        let text = String(decoding: record, as: UTF8.self)
          .replacing("\"hostDigest\":\(own.hostDigest)", with: "\"hostDigest\":\(host)")
          .replacing("\"startTicks\":\(own.startTicks)", with: "\"startTicks\":\(ticks)")
        try write(Array(text.utf8), to: path)
      }
      try writeRecord(host: own.hostDigest, ticks: own.startTicks + 1)
      #expect(refusal(folder) { _ in code } == "locked")
      try writeRecord(host: own.hostDigest ^ 1, ticks: own.startTicks)
      #expect(refusal(folder) { _ in code }.hasSuffix("or remove \(path) if that run is over"))
    }
  }

  @Test("a run has its folder from resuming to its end, whatever that is")
  func runs() throws {
    try withTemporaryFolder { folder in
      let output = folder + "/run"
      let texts = Mutex<[String]>([])
      let intruder = Recorder { event in
        guard case .stepFinished = event else { return }
        let text = message { _ = try Self.trainer(output) { $0.overwritesOutput = true }.run() }
        texts.withLock { $0.append(text ?? "ran") }
      }
      _ = try Self.trainer(output, observers: [intruder]).run()
      #expect(texts.withLock(\.count) == 2)
      #expect(texts.withLock { $0.allSatisfy { $0.contains("is in use by another run") } })

      func trainer(_ change: (inout TrainingOptions) -> Void = { _ in }) throws -> Trainer {
        try Self.trainer(output, change)
      }
      let resumed = try trainer { $0.epochs = 2 }
      try resumed.resume(from: output)
      #expect(refusal(output).contains("is in use by another run"))
      let other = try trainer { $0.epochs = 2 }
      #expect(
        message { try other.resume(from: output) }?.contains("is in use by another run") == true)
      _ = try resumed.run()
      #expect(refusal(output) == "locked")

      // Refused for another reason, it gives the folder back.
      let finished = try trainer { $0.epochs = 2 }
      #expect(message { try finished.resume(from: output) }?.contains("raise `epochs`") == true)
      #expect(refusal(output) == "locked")
      #expect(message { _ = try trainer().run() }?.contains("already holds") == true)
      #expect(refusal(output) == "locked")
    }
  }

  private static func trainer(
    _ output: String, observers: [any TrainingObserver] = [],
    _ change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> Trainer {
    try makeTrainer(quartersPair(train: 32), observers: observers) {
      $0.outputFolder = output
      change(&$0)
    }
  }

  /// How many have been at a place, and how many at the same time.
  private final class Counts: @unchecked Sendable {  // Sendable: guarded by the lock.
    private let lock = NSLock()
    private var present = 0
    private(set) var entered = 0
    private(set) var mostAtOnce = 0

    func enter() {
      lock.withLock {
        present += 1
        entered += 1
        mostAtOnce = max(mostAtOnce, present)
      }
    }

    func leave() { lock.withLock { present -= 1 } }
  }
}
