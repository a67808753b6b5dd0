import Tandem
import TandemInsight
import TandemNetwork
import TandemTraining

/// The report of several runs: their results and curves side by side, and in what they differ.
struct ComparisonReport {
  let runs: [ReportedRun]
  let settings: ReportSettings

  func page() -> ReportPage {
    let library = settings.usesScript ? ChartLibrary.installed() : nil
    var page = ReportPage(
      title: "Comparison of \(runs.count) runs",
      subtitle: runs.map(\.folder).joined(separator: ", "))
    page.library = library
    page.missing = runs.flatMap { run in run.problems.map { "\(run.folder): \($0)" } }
    page.closing = RunReport.closing(library != nil, wanted: settings.usesScript)
    let courses = runs.compactMap(\.course)
    page.sections = [
      results, courses.isEmpty ? nil : RunReport.curves(courses, isLive: library != nil),
      differences, commands, next,
    ].compactMap(\.self)
    return page
  }

  private var results: ReportSection {
    let rows = runs.map { run -> [String] in
      let (record, course) = (run.record, run.course)
      let last = course?.epochs.last
      let seconds = course?.epochs.compactMap(\.seconds).reduce(0, +)
      var cells: [String?] = [
        run.folder, record?.network.name, record?.data.name, record?.network.parameters.grouped,
      ]
      cells += [
        last.map { "\($0.epoch)" }, last?.trainLoss.map(lossText),
        last?.measuredLoss.map(lossText), course?.measuredWord,
      ]
      cells += [
        course?.best?.measuredTop1.map(percent), course?.best.map { "\($0.epoch)" },
        seconds.map(ProgressText.duration),
        record.map { $0.sessions.last?.ending ?? "running, or killed" },
      ]
      return cells.map { $0 ?? "" }
    }
    return ReportSection(
      id: "results", title: "Results",
      [
        ReportTable(
          [
            .words("Run"), .words("Network"), .words("Data"), .numbers("Parameters"),
            .numbers("Epochs"), .numbers("Loss"), .numbers("Measured loss"), .words("Part"),
            .numbers("Best top-1"), .numbers("in epoch"), .numbers("Time"), .words("Ending"),
          ], rows
        ).node
      ])
  }

  /// What not all runs have in common: what 'tandem diff' tells of two.
  private var differences: ReportSection {
    let facts = runs.map { run in
      run.record.map { DiffCommand.facts($0) } ?? []
    }
    var names: [String] = []
    for (name, _) in facts.joined() where !names.contains(name) { names.append(name) }
    let rows = names.compactMap { name -> [String]? in
      let values = zip(runs, facts).map { run, facts in
        facts.first { $0.name == name }?.value ?? (run.record == nil ? "not known" : "none")
      }
      return Set(values).count > 1 ? [name] + values : nil
    }
    let content: HTMLNode =
      rows.isEmpty
      ? .element("p", text: "Their settings, data and machines are the same.")
      : ReportTable(
        [.words("What")] + runs.map { .words($0.folder) }, rows, style: "settings"
      ).node
    return ReportSection(id: "differences", title: "In what they differ", [content])
  }

  private var commands: ReportSection {
    ReportSection(
      id: "commands", title: "Commands",
      runs.flatMap { run -> [HTMLNode] in
        [
          .element("h3", text: run.folder),
          run.record.map {
            .element("pre", [:], [.element("code", text: ShellText.line($0.sessions[0].command))])
          } ?? .element("p", text: "Not known."),
        ]
      })
  }

  private var next: ReportSection {
    let lines = runs.map { ["tandem", "report", $0.folder, "--output", "report.html"] }
    return ReportSection(
      id: "next", title: "How to go on",
      [.element("p", text: "A report of one run tells more of it:")]
        + lines.map { .element("pre", [:], [.element("code", text: ShellText.line($0))]) })
  }
}
