import Foundation
import TandemProcess
import Testing

// Processes that end by a signal can be tested from Swift 6.2 on.
#if compiler(>=6.2)
  /// A process whose signals are Tandem's and that goes wrong.
  @Suite("Crashes", .serialized)
  struct CrashTests {
    @Test("a fault of our own ends the process")
    func fault() async {
      await #expect(processExitsWith: .signal(SIGSEGV)) {
        ProcessSignals.keep()
        let nowhere = UnsafePointer<Int>(bitPattern: 64)
        print(nowhere?.pointee ?? 0)
      }
    }

    @Test("so does a failed check")
    func trap() async {
      await #expect(processExitsWith: .failure) {
        ProcessSignals.keep()
        preconditionFailure("on purpose")
      }
    }

    @Test("and abort")
    func abort() async {
      await #expect(processExitsWith: .signal(SIGABRT)) {
        ProcessSignals.keep()
        Foundation.abort()
      }
    }

    @Test("a warning does not, before, while or after somebody listens")
    func warning() async {
      await #expect(processExitsWith: .success) {
        ProcessSignals.keep()
        send(SIGUSR1, untilRequests: 1)
        let past = ProcessSignals.listen(countsContinue: false)
        guard past == 0 else { exit(1) }
        send(SIGTERM, untilRequests: 2)
        ProcessSignals.stopListening()
        send(SIGUSR1, untilRequests: 3)
        exit(ProcessSignals.hasBeenTerminated ? 0 : 1)
      }
    }

    @Test("a program whose signals are its own has them back afterwards")
    func othersSignals() async {
      await #expect(processExitsWith: .signal(SIGTERM)) {
        let past = ProcessSignals.listen(countsContinue: true)
        guard past == 0, ProcessSignals.lastContinue == nil else { exit(1) }
        kill(getpid(), SIGCONT)
        send(SIGHUP, untilRequests: 1)
        while ProcessSignals.lastContinue == nil { usleep(1_000) }
        ProcessSignals.stopListening()
        kill(getpid(), SIGTERM)
        sleep(10)
        exit(0)
      }
    }
  }

  /// Sends this process a signal; returns when it has been counted, on whatever thread.
  private func send(_ signal: Int32, untilRequests count: UInt64) {
    kill(getpid(), signal)
    for _ in 0..<10_000 where ProcessSignals.stopRequests < count { usleep(1_000) }
    if ProcessSignals.stopRequests != count { exit(2) }
  }
#endif
