import Foundation
import TestSupport
import Testing

/// A page that the first rank of a job serves.
struct RankedPage: VisitedPage {
  let job: MPIRun
  let port: Int
  let token: String

  /// Waits for the line that tells the address.
  init(_ job: MPIRun) throws {
    self.job = job
    var found: (port: Int, token: String)?
    try Self.wait(job, for: "the address of the page") {
      found = Self.address(in: job.errorsSoFar)
      return found != nil
    }
    (port, token) = try #require(found)
  }

  func wait(for what: String, until isTrue: () throws -> Bool) throws {
    try Self.wait(job, for: what, until: isTrue)
  }

  private static func wait(
    _ job: MPIRun, for what: String, until isTrue: () throws -> Bool
  ) throws {
    let deadline = Date(timeIntervalSinceNow: 60)
    while try !isTrue() {
      guard Date() < deadline else {
        throw StartedTool.Unexpected(what: what, errors: job.errorsSoFar)
      }
      usleep(5_000)
    }
  }
}
