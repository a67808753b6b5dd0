import Foundation
import TestSupport
import Testing

/// A page that a started tool serves.
struct ServedPage: VisitedPage {
  let tool: StartedTool
  let port: Int
  let token: String

  /// Waits for the line that tells the address.
  init(_ tool: StartedTool) throws {
    self.tool = tool
    var found: (port: Int, token: String)?
    try tool.wait(for: "the address of the page") {
      found = Self.address(in: tool.errors)
      return found != nil
    }
    (port, token) = try #require(found)
  }

  func wait(for what: String, until isTrue: () throws -> Bool) throws {
    try tool.wait(for: what, until: isTrue)
  }
}
