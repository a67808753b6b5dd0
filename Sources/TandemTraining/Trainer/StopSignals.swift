import Dispatch
import Foundation
import TandemCollectives

/// Turns signals into a request to stop, as long as it exists.
///
/// - SIGINT (Ctrl-C) and SIGTERM: the second one does what signals usually do, so that a process that
///   hangs can still be ended.
/// - SIGUSR1: any number of times. Batch systems send it some time before they end a job, and
///   `mpirun` hands it on to all ranks.
/// - SIGCONT, in a rank that `mpirun` has started: this is how it begins to end its ranks, before
///   SIGTERM, which it follows up with SIGKILL at once. After a suspension the signal only means that
///   the process goes on.
final class StopSignals {
  private static let deadly = [SIGINT, SIGTERM]
  private let sources: [any DispatchSourceSignal]
  private let stopRequest: StopRequest

  init(_ stopRequest: StopRequest, job: Job) {
    self.stopRequest = stopRequest
    let queue = DispatchQueue(label: "tandem.signals")
    let installed = DispatchGroup()
    let numbers = Self.deadly + [SIGUSR1] + (job.isLaunched ? [SIGCONT] : [])
    sources = numbers.map { number in
      // A process that ignores SIGCONT goes on all the same.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { Self.receive(number, stopRequest, job) }
      installed.enter()
      source.setRegistrationHandler { installed.leave() }
      source.resume()
      return source
    }
    // Dispatch installs them on a thread of its own; a signal that comes before is lost.
    installed.wait()
  }

  private static func receive(_ number: Int32, _ stopRequest: StopRequest, _ job: Job) {
    if number == SIGCONT, job.wasJustSuspended { return }
    stopRequest.request()
    if number == SIGCONT || number == SIGTERM { job.noteEndingSignal() }
    if deadly.contains(number) {
      for number in deadly { signal(number, SIG_DFL) }
    }
  }

  deinit {
    for source in sources { source.cancel() }
    for number in Self.deadly { signal(number, SIG_DFL) }
    // One more must not kill a process that has stopped as it was asked to and is about to end.
    if !stopRequest.isRequested { signal(SIGUSR1, SIG_DFL) }
    signal(SIGCONT, SIG_DFL)
  }
}
