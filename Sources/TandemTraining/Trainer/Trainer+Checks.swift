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
    try options.augmentation?.check(for: data.train.imageShape)
    if options.evaluatesEachEpoch {
      if data.test.count == 0 {
        throw TrainingError.noImages(dataset: data.test.name, part: "test")
      }
      try checkShape(graph, data.test, loss)
    }
    if options.mesh == nil, options.parallelism == .data,
      let sliced = graph.nodes.first(where: { $0.placement == .model })
    {
      throw TrainingError.placedLayer(network: graph.name, layer: sliced.name)
    }
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
