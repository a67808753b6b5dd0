/// The communicator of a job with one rank: it copies what a rank sends to itself.
package final class SoloCommunicator: Communicator {
  package let rank = 0
  package let size = 1

  package init() {}

  private final class Finished: PendingOperation {}

  package func startAllToAll<Element: WireElement>(
    _ channel: CommunicatorChannel, from source: UnsafePointer<Element>, sends: [Range<Int>],
    into destination: UnsafeMutablePointer<Element>, receives: [Range<Int>]
  ) -> any PendingOperation {
    precondition(sends.count == 1 && receives.count == 1 && sends[0].count == receives[0].count)
    (destination + receives[0].lowerBound).update(
      from: source + sends[0].lowerBound, count: sends[0].count)
    return Finished()
  }

  package func startAllGather<Element: WireElement>(
    _ channel: CommunicatorChannel, _ elements: UnsafeMutablePointer<Element>, parts: [Range<Int>]
  ) -> any PendingOperation {
    precondition(parts.count == 1)
    return Finished()
  }

  package func startAllGather(
    _ channel: CommunicatorChannel, own: UnsafeRawBufferPointer,
    all: UnsafeMutableRawBufferPointer
  ) -> any PendingOperation {
    precondition(own.count == all.count)
    all.copyMemory(from: own)
    return Finished()
  }

  package func startBroadcast(
    _ channel: CommunicatorChannel, _ bytes: UnsafeMutableRawBufferPointer, from root: Int
  ) -> any PendingOperation {
    precondition(root == 0)
    return Finished()
  }

  package func startBarrier(_ channel: CommunicatorChannel) -> any PendingOperation { Finished() }

  package func shareMemory(byteCount: Int) -> [UnsafeMutableRawPointer] {
    preconditionFailure("one rank has nobody to share memory with")
  }

  package func isFinished(_ operation: any PendingOperation) -> Bool { true }

  package func attend(isWaiting: Bool?) {}
}
