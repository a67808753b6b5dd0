import Foundation
import TandemCollectives
import Testing

/// Connections of this process with itself, of which the accepted ends play the other ranks. Other
/// tests of the process may have connections too; they belong to no rank.
@Suite(.serialized) struct PeerSocketsTests {
  /// Connects with rank `rank`, which tells its end.
  private func connect(_ listener: Listener, _ sockets: PeerSockets, rank: Int) throws -> (
    own: Int32, peer: Int32
  ) {
    let (own, peer) = try listener.connection()
    let other = PeerSockets()
    let ends = other.refresh().filter { $0.port == listener.port }
    sockets.note(PeerSockets.decode(PeerSockets.encode(ends)), of: rank)
    return (own, peer)
  }

  /// Asks until they are lost, for ten seconds at most: programs that other tests of the process
  /// start hold its connections open for a moment, between fork and exec.
  private func lostRanks(_ sockets: PeerSockets, are expected: [Int]) -> Bool {
    for _ in 0..<1000 {
      if sockets.lostRanks() == expected { return true }
      usleep(10_000)
    }
    return false
  }

  @Test func rankThatHasClosedItsConnectionsIsLost() throws {
    let listeners = try [Listener(), Listener()]
    let sockets = PeerSockets()
    let first = try connect(listeners[0], sockets, rank: 1)
    let second = try connect(listeners[1], sockets, rank: 2)
    defer { for one in [first.own, second.own, second.peer] { close(one) } }
    _ = sockets.refresh()
    #expect(sockets.lostRanks() == [])
    close(first.peer)
    #expect(lostRanks(sockets, are: [1]))
    for listener in listeners { listener.close() }
  }

  /// What was sent before stays readable, which must not hide the end.
  @Test func dataThatWaitsDoesNotHideTheEnd() throws {
    let listener = try Listener()
    let sockets = PeerSockets()
    let (own, peer) = try connect(listener, sockets, rank: 3)
    defer { close(own) }
    _ = sockets.refresh()
    #expect(write(peer, "words", 5) == 5)
    #expect(sockets.lostRanks() == [])
    close(peer)
    #expect(lostRanks(sockets, are: [3]))
    listener.close()
  }

  @Test func connectionThatMPIHasClosedIsLostToo() throws {
    let listener = try Listener()
    let sockets = PeerSockets()
    let (own, peer) = try connect(listener, sockets, rank: 4)
    _ = sockets.refresh()
    close(own)
    #expect(sockets.lostRanks() == [4])
    // Its number is soon another one's, of the same rank for example: then the rank is there.
    let (again, peerAgain) = try connect(listener, sockets, rank: 4)
    defer { for one in [peer, again, peerAgain] { close(one) } }
    _ = sockets.refresh()
    #expect(sockets.lostRanks() == [])
    listener.close()
  }

  @Test func endsArriveAsTheyWereSent() {
    #expect(PeerSockets.decode([]) == [])
    #expect(PeerSockets.decode([8, 1, 2]) == [])
    #expect(PeerSockets.decode([2, 1, 2, 1, 9]).map(\.bytes) == [[1, 2], [9]])
  }
}

extension PeerSockets.End {
  /// In the network's order after the family.
  fileprivate var port: UInt16 { UInt16(bytes[2]) << 8 | UInt16(bytes[3]) }
}
