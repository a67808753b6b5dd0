import Tandem
import TandemTraining

/// Why a run cannot be plotted.
struct PlotError: Error, CustomStringConvertible {
  enum Fact {
    /// No epoch is complete.
    case noHistory
    case damaged(String)
    /// Layers were not measured.
    case noLayers
  }

  let folder: String
  let fact: Fact

  var description: String {
    switch fact {
    case .noHistory:
      "\(folder): there is no \(HistoryWriter.jsonName) with an epoch in it; name the output folder of a run "
        + "of 'tandem train' that has completed one"
    case .noLayers:
      "\(folder)/\(HistoryWriter.jsonName): no epoch tells of layers; train with --layer-statistics"
    case .damaged(let what): "\(folder)/\(HistoryWriter.jsonName): \(what)"
    }
  }
}
