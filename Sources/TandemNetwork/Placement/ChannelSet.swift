/// Some of a value's channels (features of a vector): ascending ranges with gaps between them.
public struct ChannelSet: Hashable, Sendable {
  public let ranges: [Range<Int>]

  public static let none = ChannelSet([])

  /// - Parameter ranges: in any order; they may touch and overlap.
  public init(_ ranges: [Range<Int>]) {
    var merged: [Range<Int>] = []
    let sorted = ranges.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
    for range in sorted {
      if let last = merged.last, range.lowerBound <= last.upperBound {
        merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
    self.ranges = merged
  }

  public init(_ range: Range<Int>) {
    self.init([range])
  }

  public static func all(_ count: Int) -> ChannelSet { ChannelSet(0..<count) }

  /// One of `parts` slices; where channels cannot be divided evenly, the first ones have one more.
  static func slice(_ part: Int, of parts: Int, channels: Int) -> ChannelSet {
    func start(_ part: Int) -> Int { channels / parts * part + min(part, channels % parts) }
    return ChannelSet(start(part)..<start(part + 1))
  }

  public var count: Int { ranges.reduce(0) { $0 + $1.count } }
  public var isEmpty: Bool { ranges.isEmpty }

  public func union(_ other: ChannelSet) -> ChannelSet { ChannelSet(ranges + other.ranges) }

  public func intersection(_ other: ChannelSet) -> ChannelSet {
    ChannelSet(
      ranges.flatMap { range in
        other.ranges.filter { $0.overlaps(range) }.map { $0.clamped(to: range) }
      })
  }

  public func subtracting(_ other: ChannelSet) -> ChannelSet {
    ChannelSet(
      ranges.flatMap { range in
        var rest: [Range<Int>] = []
        var start = range.lowerBound
        for hole in other.ranges where hole.overlaps(range) {
          if hole.lowerBound > start { rest.append(start..<hole.lowerBound) }
          start = max(start, hole.upperBound)
        }
        if start < range.upperBound { rest.append(start..<range.upperBound) }
        return rest
      })
  }

  public func isSubset(of other: ChannelSet) -> Bool { subtracting(other).isEmpty }

  /// Each channel's number plus `offset`.
  func shifted(by offset: Int) -> ChannelSet {
    ChannelSet(ranges.map { $0.lowerBound + offset..<$0.upperBound + offset })
  }

  /// Each channel as so many features.
  func multiplied(by features: Int) -> ChannelSet {
    ChannelSet(ranges.map { $0.lowerBound * features..<$0.upperBound * features })
  }

  /// The channels that have any of these features, so many each.
  func divided(by features: Int) -> ChannelSet {
    ChannelSet(
      ranges.map { $0.lowerBound / features..<($0.upperBound + features - 1) / features })
  }
}

/// `0–47`, `0–31, 64–95`; `none`
extension ChannelSet: CustomStringConvertible {
  public var description: String {
    if isEmpty { return "none" }
    return ranges.map { range in
      range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)–\(range.upperBound - 1)"
    }.joined(separator: ", ")
  }
}

/// The channels in files: `[[0, 48]]`, each range with its first channel and the one after its
/// last.
extension ChannelSet: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let pairs = try container.decode([[Int]].self)
    guard pairs.allSatisfy({ $0.count == 2 && 0 <= $0[0] && $0[0] <= $0[1] }) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "channels are pairs of a first one and the one after the last")
    }
    self.init(pairs.map { $0[0]..<$0[1] })
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(ranges.map { [$0.lowerBound, $0.upperBound] })
  }
}
