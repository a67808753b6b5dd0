import Foundation
import Synchronization
import TandemInsight

/// The page of a run by its folder, which another process, on another machine perhaps, writes to:
/// followed as its files grow, and never written to.
package final class LiveFolder: Sendable {
  /// Kernels of the first convolution of the last checkpoint.
  package struct Filters: Sendable {
    let layer: String
    let kernels: KernelSet

    package init(layer: String, kernels: KernelSet) {
      self.layer = layer
      self.kernels = kernels
    }
  }

  private let server: PageServer

  /// - Parameters:
  ///   - facts: reads the folder's files.
  ///   - mark: of the last checkpoint, another one for another checkpoint; nil for none.
  ///   - filters: reads its weights.
  /// - Throws: `ListeningError`.
  package init(
    at place: PagePlace, facts: @escaping @Sendable () -> FolderFacts,
    mark: @escaping @Sendable () -> String?, filters: @escaping @Sendable () throws -> Filters
  ) throws {
    let site = Site(readFacts: facts, mark: mark, readFilters: filters)
    let page = LivePage.answer(canControl: false)
    let access = PageAccess(token: PageAccess.makeToken(), host: place.host)
    server = try PageServer(place, access) { request in try site.answer(request, page) }
  }

  package var address: PageServer.Address { server.address }

  package func start() { server.start() }
}

/// What the page of a folder answers.
private final class Site: Sendable {
  /// What was read, and when.
  private struct State {
    var facts = FolderFacts()
    var steps = StepFile()
    var readAt = -Double.infinity
    var filters = "\"problem\":\"there are no weights yet\""
    var filtersVersion = 0
    var filtersMark: String?
  }

  private let state = Mutex(State())
  private let readFacts: @Sendable () -> FolderFacts
  private let mark: @Sendable () -> String?
  private let readFilters: @Sendable () throws -> LiveFolder.Filters
  private static let mostKernels = 64
  /// Files are looked at so often at most.
  private static let intervalSeconds = 0.5

  init(
    readFacts: @escaping @Sendable () -> FolderFacts, mark: @escaping @Sendable () -> String?,
    readFilters: @escaping @Sendable () throws -> LiveFolder.Filters
  ) {
    self.readFacts = readFacts
    self.mark = mark
    self.readFilters = readFilters
  }

  func answer(_ request: PageRequest, _ page: PageAnswer) throws -> PageAnswer {
    if request.path == "/control" {
      throw PageRefusal.nonsense("This page reads a folder and changes nothing.")
    }
    guard request.method == "GET" else { throw PageRefusal.wrongMethod(allowed: "GET") }
    switch request.path {
    case "/": return page
    case "/news":
      let wantsFilters = request.query["want"]?.contains("filters") ?? false
      return .json(news(LiveCourse.Seen(request.query["since"]), wantsFilters: wantsFilters))
    case "/layers": return try .layers(state.withLock { $0.facts.layers })
    case "/snapshot":
      guard request.query["kind"] == SnapshotKind.filters.rawValue else {
        throw PageRefusal.notFound
      }
      return .json(state.withLock { "{\"version\":\($0.filtersVersion),\($0.filters)}" })
    default: throw PageRefusal.notFound
    }
  }

  private func news(_ seen: LiveCourse.Seen, wantsFilters: Bool) -> String {
    state.withLock { state in
      let now = ConnectionTable.clock
      if now - state.readAt > Self.intervalSeconds {
        read(&state, wantsFilters: wantsFilters)
        state.readAt = ConnectionTable.clock
      }
      return Self.json(state, seen)
    }
  }

  private func read(_ state: inout State, wantsFilters: Bool) {
    state.facts = readFacts()
    if let path = state.facts.stepLog {
      do {
        try state.steps.follow(path)
      } catch {
        state.facts.problems.append("The steps are not shown: \(error)")
      }
    }
    let mark = mark()
    guard let mark, mark != state.filtersMark, wantsFilters || state.filtersMark == nil else {
      return
    }
    state.filtersMark = mark
    state.filtersVersion += 1
    do {
      let filters = try readFilters()
      let shown = min(Self.mostKernels, filters.kernels.count)
      state.filters =
        "\"step\":0,\"layer\":\(JSONText.string(filters.layer)),\"of\":\(filters.kernels.count),"
        + (try TileGrid(filters.kernels.pictures(shown)).members())
    } catch {
      state.filters = "\"problem\":" + JSONText.string("\(error)")
    }
  }

  private static func json(_ state: State, _ seen: LiveCourse.Seen) -> String {
    let (facts, ring) = (state.facts, state.steps.ring)
    let generation = ring.generation + 1000 * state.steps.beginnings
    let (from, points) = ring.news(
      since: seen.points, of: seen.generation == generation ? ring.generation : -1)
    let fromEpoch = (0...facts.epochs.count).contains(seen.epochs) ? seen.epochs : 0
    let members = [
      "\"phase\":\"folder\"",
      "\"ending\":\(JSONText.string(facts.ending))",
      "\"seen\":\"\(generation).\(ring.points.count).\(facts.epochs.count)\"",
      "\"from\":\(from)", "\"fromEpoch\":\(fromEpoch)", "\"stride\":\(ring.stride)",
      "\"points\":" + LiveCourse.json(Array(points)),
      "\"epochs\":" + JSONText.array(facts.epochs[fromEpoch...].map(\.json)),
      "\"epochsAsked\":\(facts.epochsAsked.map { "\($0)" } ?? "null")",
      "\"changes\":" + JSONText.array(facts.changes.suffix(20).map { JSONText.string($0) }),
      "\"problems\":" + JSONText.array(facts.problems.map { JSONText.string($0) }),
      "\"run\":"
        + JSONText.object([
          "network": JSONText.string(facts.network), "dataset": JSONText.string(facts.dataset),
          "words": JSONText.string(facts.words),
        ]),
      "\"layerCurves\":\(JSONText.string(facts.layers?.extent))",
      "\"kinds\":[\"filters\"]", "\"pictures\":{\"filters\":\(state.filtersVersion)}",
    ]
    return "{" + members.joined(separator: ",") + "}"
  }
}
