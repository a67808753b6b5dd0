/// How those who meet again and again count: all arrivals are numbered from 1 on, and a turn is
/// over when each member has come once more.
struct Turns: Hashable, Sendable {
  let members: Int

  /// The arrival that ends the turn of this one.
  func last(of arrival: Int) -> Int { (arrival + members - 1) / members * members }
}
