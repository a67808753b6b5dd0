import Foundation

/// Values that ranks tell each other before, between and after steps. All ranks call the same
/// function at the same place with the same activity; it is the first thing they tell each other,
/// so ranks that are at different places of the program find out, instead of taking one value for
/// another.
extension Job {
  /// Each rank's value, in the order of the ranks.
  ///
  /// - Parameter activity: what it is for, the same on all ranks.
  /// - Throws: `DifferentPlaces` on all ranks if one of them is doing something else;
  ///   `JobError.endedByAnotherRank`.
  package func gather<Value: Codable & Sendable>(
    _ activity: String, _ value: Value
  ) throws -> [Value] {
    if size == 1 { return [value] }
    let own = try Self.encode(value)
    let all = try perform(activity) { communicator in
      _ = try meet(communicator, activity)
      return try communicator.allGather(own)
    }
    return try all.map { try Self.decode($0) }
  }

  /// What the first rank makes, for all ranks: it alone runs `make`, reads a file for example.
  ///
  /// - Parameter activity: what it is for, the same on all ranks.
  /// - Throws: on the first rank what `make` throws, and then on the others
  ///   `JobError.endedByAnotherRank`; `DifferentPlaces`.
  package func fromFirstRank<Value: Codable & Sendable>(
    _ activity: String, _ make: () throws -> Value
  ) throws -> Value {
    if size == 1 { return try make() }
    let made = rank == 0 ? Result { try make() } : nil
    let own = try (try? made?.get()).map { try Self.encode($0) }
    let bytes = try perform(activity) { communicator -> [UInt8]? in
      let isMade = rank != 0 || own != nil
      guard try meet(communicator, activity, isAllRight: isMade) else { return nil }
      return try communicator.broadcast(own ?? [], from: 0)
    }
    if let made { return try made.get() }
    guard let bytes else { throw JobError.endedByAnotherRank }
    return try Self.decode(bytes)
  }

  /// Lets the first rank do something, write a file for example; returns when it is done.
  ///
  /// - Parameter activity: what it is for, the same on all ranks.
  /// - Throws: as `fromFirstRank`.
  package func onFirstRank(_ activity: String, _ body: () throws -> Void) throws {
    _ = try fromFirstRank(activity) { () throws -> Bool in
      try body()
      return true
    }
  }

  /// Gives the first rank's bytes to all ranks, each of which has memory for as many.
  ///
  /// - Parameter activity: what it is for, the same on all ranks.
  /// - Throws: `JobError`.
  package func broadcast(_ activity: String, _ bytes: UnsafeMutableRawBufferPointer) throws {
    if size == 1 { return }
    try perform(activity) { communicator in
      _ = try meet(communicator, activity)
      try communicator.broadcast(bytes, from: 0)
    }
  }

  /// Makes sure that all ranks are at the same place; returns whether all is right with each.
  private func meet(
    _ communicator: any Communicator, _ place: String, isAllRight: Bool = true
  ) throws -> Bool {
    let all = try communicator.allGather([isAllRight ? 1 : 0] + Array(place.utf8))
    let places = all.map { String(decoding: $0.dropFirst(), as: UTF8.self) }
    if let other = places.firstIndex(where: { $0 != places[0] }) {
      throw DifferentPlaces(
        rank: other, host: hosts[other], place: places[other], firstHost: hosts[0],
        firstPlace: places[0])
    }
    return all.allSatisfy { $0.first == 1 }
  }

  private static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return [UInt8](try encoder.encode(value))
  }

  private static func decode<Value: Decodable>(_ bytes: [UInt8]) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(Value.self, from: Data(bytes))
  }
}
