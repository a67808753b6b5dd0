import Dispatch
import Foundation

/// Turns SIGINT (Ctrl-C) and SIGTERM into a request to stop, as long as it exists. The second signal
/// does what signals usually do, so that a process that hangs can still be ended.
final class StopSignals {
  private static let numbers = [SIGINT, SIGTERM]
  private let sources: [any DispatchSourceSignal]

  init(_ stopRequest: StopRequest) {
    let queue = DispatchQueue(label: "tandem.signals")
    sources = Self.numbers.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        stopRequest.request()
        for number in Self.numbers { signal(number, SIG_DFL) }
      }
      source.resume()
      return source
    }
  }

  deinit {
    for source in sources { source.cancel() }
    for number in Self.numbers { signal(number, SIG_DFL) }
  }
}
