import Dispatch
import Foundation

/// Turns SIGINT (Ctrl-C) and SIGTERM into a request to stop, as long as it exists. The second signal
/// does what signals usually do, so that a process that hangs can still be ended.
final class StopSignals {
  private static let numbers = [SIGINT, SIGTERM]
  private let sources: [any DispatchSourceSignal]

  init(_ stopRequest: StopRequest) {
    let queue = DispatchQueue(label: "tandem.signals")
    let installed = DispatchGroup()
    sources = Self.numbers.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        stopRequest.request()
        for number in Self.numbers { signal(number, SIG_DFL) }
      }
      installed.enter()
      source.setRegistrationHandler { installed.leave() }
      source.resume()
      return source
    }
    // Dispatch installs them on a thread of its own; a signal that comes before is lost.
    installed.wait()
  }

  deinit {
    for source in sources { source.cancel() }
    for number in Self.numbers { signal(number, SIG_DFL) }
  }
}
