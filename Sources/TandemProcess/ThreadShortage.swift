import Foundation

/// That this process cannot have the threads it needs, and what is in the way.
package struct ThreadShortage: Error, Hashable, CustomStringConvertible {
  package let needed: Int
  package let made: Int
  package let limit: ThreadLimit

  package init(needed: Int, made: Int, limit: ThreadLimit) {
    self.needed = needed
    self.made = made
    self.limit = limit
  }

  package var description: String {
    let some = made == 0 ? "none" : "only \(made)"
    return
      "\(some) of \(needed) \(needed == 1 ? "thread" : "threads") that are needed can be made: "
      + "\(limit); raise that limit, end other programs, or use fewer `workers`"
  }
}
