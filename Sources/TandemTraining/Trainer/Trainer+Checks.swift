import TandemData
import TandemNetwork

// What a trainer checks before anything is computed.

extension Trainer {
  static func check(
    _ graph: NetworkGraph, _ data: DatasetPair, _ loss: Loss, _ options: TrainingOptions
  ) throws {
    if graph.parameterLayout.trainedEntries.isEmpty {
      throw TrainingError.noParameters(network: graph.name)
    }
    if let last = graph.nodes.last, loss.computes(last.layer) {
      throw TrainingError.endsWithLayerOfLoss(
        network: graph.name, layer: last.name, loss: loss.kind)
    }
    if data.train.count == 0 {
      throw TrainingError.noImages(dataset: data.train.name, part: "train")
    }
    try checkShape(graph, data.train, loss)
    try options.augmentation?.check(for: data.train)
    try checkMetrics(options, data.measuredPart)
    if options.evaluatesEachEpoch {
      if data.test.count == 0 {
        throw TrainingError.noImages(
          dataset: data.test.name, part: data.measuredPart.rawValue)
      }
      try checkShape(graph, data.test, loss)
    }
    if options.mesh == nil, options.parallelism == .data,
      let sliced = graph.nodes.first(where: { $0.placement == .model })
    {
      throw TrainingError.placedLayer(network: graph.name, layer: sliced.name)
    }
  }

  /// Checks that what is chosen by is measured.
  private static func checkMetrics(_ options: TrainingOptions, _ part: MeasuredPart) throws {
    let metrics = [
      ("keepBest", options.keepBest), ("earlyStopping", options.earlyStopping?.metric),
    ]
    for case (let option, let metric?) in metrics {
      if metric.isOfAverage, options.emaDecay == nil {
        throw TrainingError.invalidOption(
          option, value: "\(metric)",
          remedy: "there are no averaged weights: use `emaDecay` 0.999 too, or "
            + "\(EpochMetric(metric.quantity, of: metric.part))")
      }
      if metric.part == part { continue }
      let measured = EpochMetric(
        metric.quantity, of: part, isOfAverage: metric.isOfAverage)
      throw TrainingError.invalidOption(
        option, value: "\(metric)",
        remedy: part == .test
          ? "there are no validation images: split some off with `validationShare` 0.1, or choose by "
            + "\(measured), which is then no measure of new images any more"
          : "training is measured with validation images: use \(measured)")
    }
  }

  /// What the user should know of these options.
  static func warnings(of options: TrainingOptions, _ graph: NetworkGraph) -> [String] {
    var warnings: [String] = []
    let metrics = [options.keepBest, options.earlyStopping?.metric].compactMap(\.self)
    if let metric = metrics.first(where: { $0.part == .test }) {
      warnings.append(
        "epochs are chosen by \(metric), so the test images are no measure of new images any more; "
          + "split others off with `validationShare`")
    }
    if options.averageLast != nil, !graph.parameterLayout.statisticEntries.isEmpty {
      warnings.append(
        "the running statistics of batch normalizations are averaged over the last epochs as the weights "
          + "are; they are not measured again with the averaged weights")
    }
    return warnings
  }

  /// Checks that a network takes a data set's images and tells apart at least its classes.
  static func checkShape(
    _ graph: NetworkGraph, _ dataset: any Dataset, _ loss: Loss
  ) throws {
    let takesFeatures =
      graph.inputShape.rank == 1 && graph.inputShape[0] == dataset.imageShape.elementCount
    guard graph.inputShape == dataset.imageShape || takesFeatures else {
      throw TrainingError.imageShape(
        network: graph.name, expected: graph.inputShape, dataset: dataset.name,
        found: dataset.imageShape)
    }
    let output = graph.outputShape
    guard output.rank == 1, loss.fits(outputs: output[0], classes: dataset.classNames.count)
    else {
      throw TrainingError.tooFewOutputs(
        network: graph.name, outputs: output, dataset: dataset.name,
        classes: dataset.classNames.count)
    }
  }
}
