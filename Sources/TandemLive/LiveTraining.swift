import Dispatch
import Foundation
import Synchronization
import TandemData
import TandemNetwork
import TandemTensor
import TandemTraining

/// The page of a training that runs: curves as they grow, the present mini-batch, filters,
/// activations and predictions, and controls.
///
/// ```swift
/// let live = try LiveTraining(at: PagePlace(port: 8890, option: "--live"))
/// let trainer = try Trainer(…, observers: [live])
/// try live.follow(trainer, data, normalization)
/// defer { live.finish() }
/// ```
///
/// What the training does for it: after each step it adds a few numbers to `LiveCourse`, and copies
/// its weights when `SnapshotThread` asks for them. Everything else is done by other threads, as
/// long as somebody looks.
///
/// Safe to share: events come from one thread at a time; `sessions` guards what the page uses.
package final class LiveTraining: TrainingObserver, @unchecked Sendable {
  /// What the page needs of the training that it follows.
  private struct Session: Sendable {
    let control: TrainingControl
    let hasMomentum: Bool
    let canSave: Bool
    let layers: [String]
    /// What is drawn; nothing where snapshots cannot be.
    let kinds: [SnapshotKind]
  }

  private let course: LiveCourse
  private let shelf: SnapshotShelf
  private let sessions: SessionBox
  private let server: PageServer
  private let visits: Visits
  /// Set by `follow`.
  private var snapshots: SnapshotThread?

  /// Takes the page's address, so that one that is in use is told before anything is computed.
  /// - Throws: `ListeningError`.
  package init(at place: PagePlace) throws {
    let course = LiveCourse()
    let shelf = SnapshotShelf()
    let visits = Visits()
    let box = SessionBox()
    self.course = course
    self.shelf = shelf
    self.visits = visits
    sessions = box
    let access = PageAccess(token: PageAccess.makeToken(), host: place.host)
    let page = LivePage.answer(canControl: true)
    server = try PageServer(place, access) { request in
      try Self.answer(request, page, course, shelf, box, visits)
    }
  }

  /// What the page is opened with.
  package var address: PageServer.Address { server.address }

  /// Follows a training from its first step on; the page is served from now on.
  /// - Throws: `NetworkError`, `MemoryError`, `ThreadShortage`.
  package func follow(
    _ trainer: Trainer, _ data: DatasetPair, _ normalization: Normalization
  ) throws {
    let painter = try SnapshotPainter(trainer, data, normalization)
    let snapshots = SnapshotThread(shelf, painter, course, trainer)
    try snapshots.start()
    self.snapshots = snapshots
    course.begin(changes: trainer.changesSoFar, momentum: trainer.momentum)
    sessions.session.withLock {
      $0 = Session(
        control: trainer.control, hasMomentum: trainer.momentum != nil,
        canSave: trainer.options.outputFolder != nil, layers: snapshots.layers,
        kinds: SnapshotKind.allCases)
    }
    server.start()
  }

  package func receive(_ event: TrainingEvent) {
    let begin = DispatchTime.now().uptimeNanoseconds
    course.note(event)
    snapshots?.offerWeights(after: event)
    course.notePublishing(nanoseconds: DispatchTime.now().uptimeNanoseconds - begin)
  }

  /// Ends the page. Where somebody looks, a moment passes first, so that they see how it ended.
  /// - Parameter error: what ended the training, in words; nil where it came to its end.
  package func finish(error: String? = nil) {
    if let error { course.fail(error) }
    visits.waitForOneMore(atMostSeconds: 1)
    snapshots?.stop()
    server.stop()
  }

  // MARK: Answers

  private final class SessionBox: Sendable {
    let session = Mutex<Session?>(nil)
  }

  private static func answer(
    _ request: PageRequest, _ page: PageAnswer, _ course: LiveCourse, _ shelf: SnapshotShelf,
    _ box: SessionBox, _ visits: Visits
  ) throws -> PageAnswer {
    let isPost = request.path == "/control"
    guard request.method == (isPost ? "POST" : "GET") else {
      throw PageRefusal.wrongMethod(allowed: isPost ? "POST" : "GET")
    }
    let session = box.session.withLock { $0 }
    switch request.path {
    case "/": return page
    case "/news":
      defer { visits.note() }
      return .json(news(request, course, shelf, session))
    case "/layers": return try .layers(course.layers)
    case "/snapshot":
      guard let kind = request.query["kind"].flatMap(SnapshotKind.init), let json = shelf.json(kind)
      else { throw PageRefusal.notFound }
      return .json(json)
    case "/control":
      guard let session else { throw PageRefusal.nonsense("the training has not begun") }
      return .json(try control(request, course, session))
    default: throw PageRefusal.notFound
    }
  }

  private static func news(
    _ request: PageRequest, _ course: LiveCourse, _ shelf: SnapshotShelf, _ session: Session?
  ) -> String {
    var wish = SnapshotWish()
    let wanted = (request.query["want"] ?? "").split(separator: ",")
    wish.kinds = Set(wanted.compactMap { SnapshotKind(rawValue: String($0)) })
    wish.layer = request.query["layer"].flatMap { $0.isEmpty ? nil : $0 }
    wish.image = request.query["image"].flatMap { Int($0) } ?? 0
    shelf.want(wish)
    var members = course.news(since: LiveCourse.Seen(request.query["since"]))
    if let session {
      members.append("\"canSave\":\(session.canSave)")
      members.append("\"layers\":" + JSONText.array(session.layers.map { JSONText.string($0) }))
      members.append(
        "\"kinds\":" + JSONText.array(session.kinds.map { JSONText.string($0.rawValue) }))
    }
    let versions = shelf.versions.map { "\(JSONText.string($0.key.rawValue)):\($0.value)" }
    members.append("\"pictures\":{" + versions.sorted().joined(separator: ",") + "}")
    return "{" + members.joined(separator: ",") + "}"
  }

  // MARK: Controls

  private static func control(
    _ request: PageRequest, _ course: LiveCourse, _ session: Session
  ) throws -> String {
    if [.finished, .failed].contains(course.phase) {
      throw PageRefusal.nonsense("The training has ended.")
    }
    func number() throws -> Double {
      guard let text = request.query["value"], let value = Double(text), value.isFinite else {
        throw PageRefusal.nonsense("Give a number, 0.01 for example.")
      }
      return value
    }
    let asked: (TrainingControl.Request, String)
    switch request.query["do"] {
    case "learningRate":
      let rate = Float(try number())
      asked = (.learningRate(rate), "the learning rate \(rate)")
    case "learningRateFactor":
      let factor = Float(try number())
      asked = (
        .learningRateFactor(factor),
        factor == 1 ? "the schedule's learning rate" : "the schedule's learning rate × \(factor)"
      )
    case "rateTimes":
      asked = course.multiplied(by: Float(try number()))
    case "momentum":
      guard session.hasMomentum else {
        throw PageRefusal.nonsense("The optimizer has no momentum that could be changed.")
      }
      let momentum = try number()
      asked = (.momentum(momentum), "the momentum \(momentum)")
    case "pause": asked = (.pause, "a pause")
    case "continue": asked = (.goOn, "going on")
    case "save":
      guard session.canSave else {
        throw PageRefusal.nonsense("Nothing of this training is kept, as its start said.")
      }
      asked = (.save, "a checkpoint")
    case "stop": asked = (.stop, "its end")
    default: throw PageRefusal.nonsense("There is no such control.")
    }
    do {
      try session.control.ask(for: asked.0)
    } catch let error as TrainingError {
      throw PageRefusal.nonsense("\(error)".replacing("`", with: ""))
    }
    return JSONText.object([
      "words": JSONText.string("Asked for \(asked.1), from the next step on.")
    ])
  }
}
