import Tandem
import TandemInsight
import TandemNetwork

extension PlanReport {
  /// Tables for people.
  func text() -> String {
    var parts = [
      "\(model), \(counted(batchSize, "image")) a step, mesh \(mesh), "
        + "\(significant(link.bitsPerSecond / 1e9)) Gbit/s, "
        + "\(significant(link.latencySeconds * 1e6)) µs a message"
        + (pieces > 1 ? ", dense layers in \(pieces) pieces" : ""),
      "Layers timed here with one worker, "
        + measuredImages.map(\.grouped).joined(separator: " and ") + " images at once.",
      "", layerTable.text, "", totalTable.text,
    ]
    parts += outcomes.compactMap(\.refusal).map { "Refused: \($0)" }
    if let fastest { parts.append(verdict(fastest)) }
    return parts.joined(separator: "\n")
  }

  private var predictions: [(parallelism: Parallelism, prediction: StepPrediction)] {
    outcomes.compactMap { outcome in
      outcome.prediction.map { (outcome.parallelism, $0) }
    }
  }

  private func verdict(_ fastest: Parallelism) -> String {
    guard let best = predictions.first(where: { $0.parallelism == fastest })?.prediction,
      let data = predictions.first(where: { $0.parallelism == .data })?.prediction
    else { return "" }
    if fastest == .data { return "Data parallelism would be the fastest." }
    let name = fastest == .model ? "Model" : "Hybrid"
    return "\(name) parallelism would be the fastest, \(decimals(data.seconds / best.seconds, 2)) "
      + "times as fast as data parallelism."
  }

  /// What would be the fastest, and what became of the others, in one line.
  var advice: String {
    let others = outcomes.filter { $0.parallelism != fastest }.map { outcome in
      let name = outcome.parallelism.rawValue
      if let prediction = outcome.prediction {
        return "\(name) \(milliseconds(prediction.seconds)) ms"
      }
      return "\(name) is refused (\(outcome.refusal ?? ""))"
    }
    guard let fastest, let best = predictions.first(where: { $0.parallelism == fastest }) else {
      return others.joined(separator: ", ")
    }
    return "\(fastest.rawValue), a step of which would take "
      + "\(milliseconds(best.prediction.seconds)) ms; " + others.joined(separator: ", ")
  }

  /// A row for each layer with weights, and one for all others.
  private var layerTable: TextTable {
    var table = TextTable(columns: [.left("Layer")])
    for (parallelism, _) in predictions {
      table.columns.append(.left(parallelism.rawValue))
      table.columns.append(.right("ms"))
      table.columns.append(.right("MB sent"))
    }
    table.columns.append(.left("Cheapest"))
    let indices = hasWeights.indices.filter { hasWeights[$0] }
    for index in indices {
      let costs = predictions.map { $0.prediction.layers[index] }
      table.rows.append(
        [costs.first?.name ?? ""]
          + costs.flatMap { [$0.placement.rawValue] + figures([$0]) } + [cheapest(costs)])
    }
    let others = predictions.map { prediction in
      hasWeights.indices.filter { !hasWeights[$0] }.map { prediction.prediction.layers[$0] }
    }
    table.rows.append(["all others"] + others.flatMap { [""] + figures($0) } + [""])
    return table
  }

  /// Computing alone; what is sent has its own column.
  private func figures(_ costs: [StepPrediction.LayerCost]) -> [String] {
    [
      decimals(costs.reduce(0) { $0 + $1.computeSeconds } * 1e3, 2),
      decimals(costs.reduce(0) { $0 + Double($1.bytesSent) } / 1e6, 2),
    ]
  }

  /// The placement for which computing and sending take the least, as if nothing hid sending.
  private func cheapest(_ costs: [StepPrediction.LayerCost]) -> String {
    costs.min { $0.seconds < $1.seconds }?.placement.rawValue ?? ""
  }

  private var totalTable: TextTable {
    TextTable(
      columns: [
        .left("Parallelism"), .right("ms a step"), .right("computing"), .right("crossings"),
        .right("gradients, exposed"), .right("update"), .right("Images/s"), .right("MB sent"),
        .right("Crossings"),
      ],
      rows: predictions.map { parallelism, step in
        [
          parallelism.rawValue, milliseconds(step.seconds), milliseconds(step.computeSeconds),
          milliseconds(step.crossingSeconds), milliseconds(step.exposedGradientSeconds),
          milliseconds(step.updateSeconds), decimals(step.imagesPerSecond, 1),
          decimals(Double(step.bytesSent) / 1e6, 2), "\(step.crossings)",
        ]
      })
  }
}
