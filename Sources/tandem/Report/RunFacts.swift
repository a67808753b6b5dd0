import Foundation
import Tandem
import TandemInsight
import TandemNetwork
import TandemTraining

/// The parts of a report that need no images: what was done, with which settings, where, how fast.
enum RunFacts {
  static func what(_ run: ReportedRun) -> ReportSection? {
    guard let record = run.record else { return nil }
    let session = record.sessions[0]
    let part = record.data.measuredPart.map { $0 == .validation ? "validation" : "test" } ?? "test"
    var nodes: [HTMLNode] = [
      .element(
        "p",
        text:
          "\(record.network.name), \(record.network.parameters.grouped) parameters, was trained on "
          + "\(record.data.trainImages.grouped) images of \(record.data.name) in "
          + "\(record.data.classes.grouped) classes and measured with \(record.data.testImages.grouped) "
          + "\(part) images after each epoch."
          + (record.parent.map { " It began with the weights of \($0)." } ?? "")),
      .element("pre", [:], [.element("code", text: ShellText.line(session.command))]),
      .element(
        "p", ["class": "quiet"],
        text: "In \(session.workingDirectory). Data digest \(record.data.digest), network digest "
          + "\(record.network.digest), seed \(record.seed): whoever has the same three, the same settings "
          + "and versions gets the same weights."),
    ]
    if record.sessions.count > 1 { nodes.append(sessions(record)) }
    return ReportSection(id: "what", title: "What was trained", nodes)
  }

  private static func sessions(_ record: RunRecord) -> HTMLNode {
    ReportTable(
      [
        .words("Started (UTC)"), .words("Ended (UTC)"), .words("Steps"), .words("Ending"),
        .words("Changed"),
      ],
      record.sessions.map { session in
        [
          ShowCommand.time(session.started), session.ended.map(ShowCommand.time) ?? "",
          "\(session.firstStep.grouped)–\(session.steps?.grouped ?? "?")",
          session.ending ?? "running, or killed", (session.changes ?? []).joined(separator: ", "),
        ]
      }, caption: "The run was continued; its parts in order"
    ).node
  }

  static func settings(_ run: ReportedRun) -> ReportSection? {
    guard let record = run.record else { return nil }
    func table(_ sources: [RunRecord.Setting.Source], _ caption: String) -> HTMLNode {
      let rows = record.settings.filter { sources.contains($0.value.source) }
        .sorted { $0.key < $1.key }
        .map { [$0.key, $0.value.value, $0.value.source.rawValue] }
      return ReportTable(
        [.words("Setting"), .words("Value"), .words("Source")], rows, caption: caption,
        style: "settings"
      ).node
    }
    return ReportSection(
      id: "settings", title: "Settings",
      [
        table([.given, .chosen], "Given on the command line, or chosen for the machine"),
        .element(
          "details", [:],
          [.element("summary", text: "Settings left as they are"), table([.default], "Defaults")]),
      ])
  }

  static func machine(_ run: ReportedRun) -> ReportSection? {
    guard let record = run.record else { return nil }
    let rows = record.sessions.map { session in
      [
        session.host, session.processor ?? "unknown", "\(session.cores)", "\(session.ranks)",
        "\(session.workers)",
        "tandem \(session.versions.tandem), oneDNN \(session.versions.oneDNN), \(session.versions.compiler)"
          + (session.versions.mpi.map { ", \($0)" } ?? ""),
      ]
    }
    return ReportSection(
      id: "machine", title: "Machine",
      [
        ReportTable(
          [
            .words("Host"), .words("Processor"), .numbers("Cores"), .numbers("Ranks"),
            .numbers("Workers"), .words("Versions"),
          ], rows
        ).node
      ])
  }

  // MARK: Time

  static func time(_ run: ReportedRun) -> ReportSection? {
    guard let course = run.course else { return nil }
    let epochs = course.epochs
    let training = epochs.compactMap(\.seconds).reduce(0, +)
    guard training > 0 else { return nil }
    let waiting = epochs.compactMap(\.secondsWaitingForData).reduce(0, +)
    let exposed = epochs.compactMap(\.secondsExposed).reduce(0, +)
    var parts: [(name: String, seconds: Double)] = [
      ("computing", max(0, training - waiting - exposed)), ("waiting for data", waiting),
      ("summing and exchanging gradients, updating", exposed),
    ]
    if let rest = wholeSeconds(run).map({ $0 - training }), rest > 0 {
      parts.append(("evaluation, checkpoints, start and end", rest))
    }
    let whole = parts.map(\.seconds).reduce(0, +)
    let speeds = epochs.compactMap(\.imagesPerSecond).filter(\.isFinite)
    let mean = speeds.reduce(0, +) / Double(max(1, speeds.count))
    let colours = ["#0072b2", "#d55e00", "#009e73", "#a8a8a4"]
    let bar = zip(parts, colours).filter { $0.0.seconds > 0 }.map { part, colour in
      HTMLNode.element(
        "div",
        ["style": "background:\(colour);width:\(decimals(100 * part.seconds / whole, 2))%"])
    }
    return ReportSection(
      id: "time", title: "Speed and time",
      [
        .element(
          "p",
          text: "\(mean.grouped) images per second on average, "
            + "\(decimals(training / Double(epochs.count), 2)) s for an epoch."),
        .element("div", ["class": "bar", "aria-hidden": "true"], bar),
        ReportTable(
          [.words("Where time went"), .numbers("Seconds"), .numbers("Share"), .words("Colour")],
          zip(parts, ["blue", "orange", "green", "grey"]).map { part, colour in
            [part.name, decimals(part.seconds, 2), percent(part.seconds / whole), colour]
          }
        ).node,
      ])
  }

  /// From the start to the end of all sessions; nil where an end is not known. Dates in the record
  /// have no fractions of seconds.
  private static func wholeSeconds(_ run: ReportedRun) -> Double? {
    guard let record = run.record else { return nil }
    let durations = record.sessions.compactMap { session in
      session.ended.map { $0.timeIntervalSince(session.started) }
    }
    return durations.count == record.sessions.count ? durations.reduce(0, +) : nil
  }

  // MARK: What is next

  static func continuation(_ run: ReportedRun, _ settings: ReportSettings) -> ReportSection {
    let folder = run.folder
    let data = settings.data ?? run.record?.options.text("data") ?? "DATA"
    let epochs = run.course?.epochs.last?.epoch ?? 0
    var commands: [(what: String, words: [String])] = [
      (
        "Go on training, as if there had been no pause",
        ["tandem", "train", "--resume", folder, "--epochs", "\(max(1, epochs) + 10)"]
      ),
      (
        "Measure again, in more detail",
        ["tandem", "evaluate", "--weights", folder, "--data", data]
      ),
      ("Ask the network about a picture", ["tandem", "predict", "--weights", folder, "photo.jpg"]),
      (
        "See which part of it spoke for the answer",
        ["tandem", "explain", "photo.jpg", "--weights", folder, "--output", "evidence.png"]
      ),
    ]
    if let record = run.record {
      commands.append(
        ("Train the same again, bit for bit", record.sessions[0].command))
    }
    commands.append(
      (
        "Compare with another run",
        ["tandem", "report", folder, "OTHER", "--output", "comparison.html"]
      ))
    return ReportSection(
      id: "next", title: "How to go on",
      commands.flatMap { what, words in
        [
          HTMLNode.element("h3", text: what),
          .element("pre", [:], [.element("code", text: ShellText.line(words))]),
        ]
      })
  }
}
