import TandemInsight
import Testing

@Suite struct NetworkLinkTests {
  @Test(arguments: [("10gbit", 1e10), ("2.5gbit", 2.5e9), ("100mbit", 1e8), ("0.5mbit", 5e5)])
  func ratesAreThoseOfTrafficControl(text: String, rate: Double) {
    #expect(NetworkLink.bitsPerSecond(text) == rate)
  }

  @Test(arguments: ["", "10", "gbit", "0gbit", "-1gbit", "1e3gbit", "10Gbit", "nangbit", "..gbit"])
  func othersAreNone(text: String) {
    #expect(NetworkLink.bitsPerSecond(text) == nil)
  }

  @Test func messagesCostLatencyAndBandwidth() {
    let link = NetworkLink(bitsPerSecond: 1e9, latencySeconds: 1e-4, payload: 1)
    #expect(link.seconds(messages: 0, bytes: 0) == 0)
    #expect(abs(link.seconds(messages: 3, bytes: 125_000) - (3e-4 + 1e-3)) < 1e-12)
  }

  /// 1448 bytes of TCP take 1538 of Ethernet.
  @Test func framesTakeTheirPartOfBandwidth() {
    let link = NetworkLink(bitsPerSecond: 1e9, latencySeconds: 0)
    #expect(abs(link.seconds(messages: 1, bytes: 1448) - 1538 * 8e-9) < 1e-15)
  }
}
