/// Two ranks came to meet the others for different things: they run with different options, or one
/// of them has taken another turn.
package struct DifferentPlaces: JobWideError, Hashable, CustomStringConvertible {
  let rank: Int
  let host: String
  let place: String
  let firstHost: String
  let firstPlace: String

  package var description: String {
    "rank \(rank) (host \(host)) is at \"\(place)\" while rank 0 (host \(firstHost)) is at "
      + "\"\(firstPlace)\"; start all ranks with the same options"
  }
}
