import Foundation
import Tandem
import TandemInsight
import TandemNetwork
import TandemTraining

/// The report of one run: a page of all that its folder, and the data if they are still there,
/// tell.
struct RunReport {
  let run: ReportedRun
  let settings: ReportSettings
  private let library: ChartLibrary?

  init(_ run: ReportedRun, _ settings: ReportSettings) {
    self.run = run
    self.settings = settings
    library = settings.usesScript ? ChartLibrary.installed() : nil
  }

  func page() -> ReportPage {
    var page = ReportPage(title: title, subtitle: subtitle)
    page.library = library
    page.missing = run.problems
    page.figures = figures
    page.closing = Self.closing(library != nil, wanted: settings.usesScript)
    var insight: RunInsight?
    do {
      insight = RunInsight(try run.measure(settings), run, workers: settings.workers)
    } catch {
      page.missing.append(
        "Nothing is shown of images and of what the network makes of them: "
          + ReportedRun.reason(error)
          + "; 'tandem report \(run.folder) --data PATH' looks elsewhere")
    }
    var sections: [ReportSection?] = [RunFacts.what(run), curves, layers]
    sections += insight?.sections ?? [RunInsight.filters(of: run)]
    sections += [
      RunFacts.settings(run), RunFacts.machine(run), RunFacts.time(run),
      RunFacts.continuation(run, settings),
    ]
    page.sections = sections.compactMap(\.self)
    return page
  }

  private var title: String {
    guard let record = run.record else { return "Run \(run.folder)" }
    return "\(record.network.name) on \(record.data.name)"
  }

  private var subtitle: String {
    let folder = "Output folder \(run.folder)"
    guard let record = run.record else { return folder }
    let first = ShowCommand.time(record.sessions[0].started)
    return
      "\(folder), started \(first) UTC, \(record.sessions.last?.ending ?? "running, or killed")"
  }

  private var figures: [(name: String, value: String)] {
    var figures: [(name: String, value: String)] = []
    if let course = run.course {
      let part = course.measuredWord
      if let best = course.best, let top1 = best.measuredTop1 {
        figures.append(("best \(part) top-1, epoch \(best.epoch)", percent(top1)))
      }
      let last = course.epochs[course.epochs.count - 1]
      if let loss = last.measuredLoss { figures.append(("last \(part) loss", lossText(loss))) }
      if let loss = last.trainLoss { figures.append(("last training loss", lossText(loss))) }
      figures.append(("epochs", "\(last.epoch)"))
      let seconds = course.epochs.compactMap(\.seconds).reduce(0, +)
      if seconds > 0 { figures.append(("training time", ProgressText.duration(seconds))) }
    }
    if let record = run.record {
      figures.append(("parameters", record.network.parameters.grouped))
    }
    return figures
  }

  static func closing(_ hasLibrary: Bool, wanted: Bool) -> String {
    let curves =
      hasLibrary || !wanted
      ? ""
      : " Curves are still because the package \(ChartLibrary.packageName) is not installed: with it, "
        + "they can be read and enlarged."
    return
      "Made by tandem \(toolVersion) at \(ShowCommand.time(Date())) UTC. This page needs no network."
      + curves
  }

  // MARK: Curves

  private var curves: ReportSection? {
    guard let course = run.course else { return nil }
    return Self.curves([course], isLive: library != nil)
  }

  /// Of a run whose layers were measured (`train --layer-statistics`).
  private var layers: ReportSection? {
    guard let panels = run.course?.layerCurves(by: .epoch)?.panels(xLabel: "epoch") else {
      return nil
    }
    return ReportSection(
      id: "layers", title: "Layers",
      [CurveFigure.legend(panels), Self.charts(panels, isLive: library != nil)])
  }

  private static func charts(_ panels: [PlotPanel], isLive: Bool) -> HTMLNode {
    .element("div", ["class": "charts"], panels.map { CurveFigure($0, isLive: isLive).node })
  }

  static func curves(_ runs: [PlottedRun], isLive: Bool) -> ReportSection {
    let panels = PlotQuantity.allCases.map { $0.panel(runs, by: .epoch) }
    return ReportSection(
      id: "curves", title: "Curves",
      [
        CurveFigure.legend(panels), charts(panels, isLive: isLive), numbers(runs),
      ])
  }

  /// The same in numbers, for those who cannot see curves or want to copy them.
  private static func numbers(_ runs: [PlottedRun]) -> HTMLNode {
    let tables = runs.map { run in
      ReportTable(
        [
          .numbers("Epoch"), .numbers("Rate"), .numbers("Loss"), .numbers("Top-1"),
          .numbers("\(run.measuredWord.capitalized) loss"),
          .numbers("\(run.measuredWord.capitalized) top-1"), .numbers("Images/s"),
        ],
        run.epochs.map { epoch in
          [
            "\(epoch.epoch)", epoch.learningRate.map(significant) ?? "",
            epoch.trainLoss.map(lossText) ?? "", epoch.trainTop1.map(percent) ?? "",
            epoch.measuredLoss.map(lossText) ?? "", epoch.measuredTop1.map(percent) ?? "",
            epoch.imagesPerSecond?.grouped ?? "",
          ]
        }, caption: run.name
      ).node
    }
    return .element("details", [:], [.element("summary", text: "All epochs in numbers")] + tables)
  }
}
