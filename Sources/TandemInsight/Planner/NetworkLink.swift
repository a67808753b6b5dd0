import TandemNetwork

/// What connects a device with the others, as far as a prediction of times needs it: messages cost
/// latency, bytes cost bandwidth, and a device sends and receives at the same time.
package struct NetworkLink: Hashable, Codable, Sendable {
  /// 10⁹ are 1 Gbit/s.
  package let bitsPerSecond: Double
  /// Seconds that each message takes beyond its bytes.
  package let latencySeconds: Double
  /// How much of what travels is the content of messages.
  package let payload: Double

  /// The payload of TCP over Ethernet: 1448 of the 1538 bytes that a full frame takes, the others
  /// being its preamble, its checksum, the gap after it, and three headers.
  package static let payloadOfTCP = 1448.0 / 1538

  package init(bitsPerSecond: Double, latencySeconds: Double, payload: Double = payloadOfTCP) {
    self.bitsPerSecond = bitsPerSecond
    self.latencySeconds = latencySeconds
    self.payload = payload
  }

  /// `10gbit`, `2.5gbit`, `100mbit`: as in `tc`; nil for anything else.
  /// - Returns: bits per second.
  package static func bitsPerSecond(_ text: String) -> Double? {
    for (unit, size) in [("gbit", 1e9), ("mbit", 1e6)] where text.hasSuffix(unit) {
      let digits = text.dropLast(unit.count)
      guard digits.allSatisfy({ ("0"..."9").contains($0) || $0 == "." }),
        let number = Double(digits), number > 0, number * size <= 1e15
      else { return nil }
      return number * size
    }
    return nil
  }

  /// How long it takes to send so many bytes in so many messages.
  package func seconds(messages: Int, bytes: Int) -> Double {
    Double(messages) * latencySeconds + 8 * Double(bytes) / (payload * bitsPerSecond)
  }
}
