import Foundation
import TandemData
import TandemImage
import TandemInsight
import TandemNetwork
import TandemTensor
import TandemTraining

/// Draws the snapshots of a training from copies of its weights.
///
/// Ownership: belongs to the thread of `SnapshotThread`; `parameters` is written by the training's
/// worker while that thread waits for it.
final class SnapshotPainter {
  private let preview: BatchPreview
  private let test: any Dataset
  private let normalization: Normalization
  private let loss: Loss.Kind
  let graph: NetworkGraph
  /// Laid out as `graph` says.
  let parameters: MemoryArena
  /// The layers whose channels can be shown.
  let layers: [String]
  private let classes: [String]
  /// Of the test images that are shown, normalised and for people.
  private var images: [(pixels: [Float], picture: Picture, label: Int)]?
  private var order: (epoch: Int, order: [Int32])?
  private var probe: (layer: String?, probe: LayerProbe)?

  private static let mostBatchImages = 32
  private static let mostKernels = 64
  private static let mostChannels = 64
  private static let mostPredictions = 8
  private static let mostCandidates = 200
  private static let mostBars = 3
  /// Pixels of a tile's longer side.
  private static let mostSide = 96

  /// - Throws: `NetworkError`, `MemoryError`.
  init(_ trainer: Trainer, _ data: DatasetPair, _ normalization: Normalization) throws {
    preview = trainer.batchPreview
    test = data.test
    self.normalization = normalization
    graph = try trainer.network.withDropout(0).graph().forInspection()
    loss = trainer.options.loss ?? Loss.Kind(naturalFor: graph)
    classes = data.test.classNames
    parameters = try MemoryArena(
      byteCount: graph.parameterLayout.elementCount * MemoryLayout<Float>.size,
      purpose: "weights for the live page", use: .parameters)
    layers = graph.nodes.filter { $0.hasSpatialExtent && $0.outputShape.rank == 3 }.map(\.name)
  }

  /// Whether images can be shown as pictures.
  private var hasPictures: Bool {
    let shape = preview.imageShape
    return shape.rank == 3 && [1, 3].contains(shape[0])
  }

  /// Weights have been copied.
  func parametersChanged() { probe?.probe.parametersChanged() }

  /// Members of an object of JSON that shows a kind of snapshot, or says why it cannot.
  /// - Parameter step: the last one that was made; nil before the first.
  func members(_ kind: SnapshotKind, _ wish: SnapshotWish, _ step: StepRecord?) -> String {
    let place = "\"step\":\(step?.step ?? 0),"
    do {
      switch kind {
      case .batch: return place + (try batch(step))
      case .filters: return place + (try filters())
      case .predictions: return place + (try predictions())
      case .activations: return place + (try activations(wish))
      }
    } catch {
      return place + Self.problem("\(error)")
    }
  }

  private static func problem(_ words: String) -> String {
    "\"problem\":" + JSONText.string(words.messageLine)
  }

  // MARK: The mini-batch

  private func batch(_ step: StepRecord?) throws -> String {
    guard hasPictures else { return Self.problem("images \(preview.imageShape) are no pictures") }
    let epoch = (step?.epoch ?? 1) - 1
    if order?.epoch != epoch { order = (epoch, preview.order(epoch: epoch)) }
    let indices = preview.indices(
      ofStep: (step?.stepInEpoch ?? 1) - 1, in: order?.order ?? [], most: Self.mostBatchImages)
    if indices.isEmpty { return Self.problem("the mini-batch has no images") }
    let pictures = try indices.map { index in
      let picture = Picture(
        image: try preview.image(index, epoch: epoch), shape: preview.imageShape)
      return TileGrid.reduced(picture, most: Self.mostSide)
    }
    let labels = indices.map { JSONText.string(preview.className(ofImage: $0)) }
    return try TileGrid(pictures).members() + ",\"labels\":" + JSONText.array(labels)
  }

  // MARK: Filters

  private func filters() throws -> String {
    let entry = graph.parameterLayout.entries.filter { $0.parameter.shape.rank == 4 }
      .min { $0.nodeIndex < $1.nodeIndex }
    guard let entry else { return Self.problem("the network has no convolution") }
    let elements = UnsafeBufferPointer(
      start: parameters.floats(at: entry.offset), count: entry.elementCount)
    let kernels = KernelSet(
      weights: Tensor(shape: entry.parameter.shape, elements: Array(elements)))
    let shown = min(Self.mostKernels, kernels.count)
    return try TileGrid(kernels.pictures(shown)).members()
      + ",\"layer\":\(JSONText.string(graph.nodes[entry.nodeIndex].name)),\"of\":\(kernels.count)"
  }

  // MARK: Images that are not trained on

  /// Of different classes as far as the first ones have such.
  private func shownImages() throws -> [(pixels: [Float], picture: Picture, label: Int)] {
    if let images { return images }
    // The first one of each class, then the second one, and so on.
    var counts: [Int: Int] = [:]
    let turns = (0..<min(test.count, Self.mostCandidates)).map { index -> Int in
      let label = Int(test.label(index))
      defer { counts[label, default: 0] += 1 }
      return counts[label, default: 0]
    }
    let indices = turns.indices.sorted { (turns[$0], $0) < (turns[$1], $1) }
    let plain = Normalization.unitScale(channels: test.imageShape[0])
    let made = try indices.prefix(Self.mostPredictions).map { index in
      var pixels = [Float](repeating: 0, count: test.imageShape.elementCount)
      try test.readImage(index, normalization: plain, into: &pixels)
      let picture = TileGrid.reduced(
        Picture(image: pixels, shape: test.imageShape), most: Self.mostSide)
      try test.readImage(index, normalization: normalization, into: &pixels)
      return (pixels: pixels, picture: picture, label: Int(test.label(index)))
    }
    images = made
    return made
  }

  private func probe(_ layer: String?) throws -> LayerProbe {
    if let probe, probe.layer == layer || layer == nil { return probe.probe }
    let made = try LayerProbe(graph, layers: layer.map { [$0] } ?? [], parameters: parameters)
    probe = (layer, made)
    return made
  }

  private func predictions() throws -> String {
    guard hasPictures else { return Self.problem("images \(preview.imageShape) are no pictures") }
    let images = try shownImages()
    if images.isEmpty { return Self.problem("there are no images to measure with") }
    let probe = try probe(nil)
    let answers = try images.map { image in
      let outputs = try probe.forward(image.pixels)
      return "{\"label\":\(JSONText.string(name(image.label))),\"bars\":"
        + bars(outputs, label: image.label) + "}"
    }
    return try TileGrid(images.map(\.picture)).members() + ",\"answers\":" + JSONText.array(answers)
  }

  private func name(_ label: Int) -> String {
    classes.indices.contains(label) ? classes[label] : "\(label)"
  }

  /// The likeliest classes, `[name, probability, whether it is right]`.
  private func bars(_ outputs: [Float], label: Int) -> String {
    let found = outputs.withUnsafeBufferPointer { loss.probabilities(outputs: $0) }
    // One output stands for two classes.
    let values = outputs.count == 1 ? found.map { [1 - $0[0], $0[0]] } : found
    let all = values ?? outputs
    let ranked = all.indices.sorted { (-all[$0], $0) < (-all[$1], $1) }.prefix(Self.mostBars)
    return JSONText.array(
      ranked.map { index in
        "[\(JSONText.string(name(index))),\(JSONText.number(all[index])),\(index == label)]"
      })
  }

  // MARK: Activations

  private func activations(_ wish: SnapshotWish) throws -> String {
    guard hasPictures, let first = layers.first else {
      return Self.problem("no layer of the network has a place in the picture")
    }
    let layer = wish.layer.flatMap { layers.contains($0) ? $0 : nil } ?? first
    let images = try shownImages()
    guard let image = images.indices.contains(wish.image) ? images[wish.image] : images.first
    else { return Self.problem("there are no images to measure with") }
    let probe = try probe(layer)
    _ = try probe.forward(image.pixels)
    let maps = ChannelMaps(layer: layer, outputs: probe.output())
    let shown = min(Self.mostChannels, maps.channels)
    let tiles = (0..<shown).map { TileGrid.reduced(maps.picture($0), most: Self.mostSide) }
    let dead = maps.deadChannels
    return try TileGrid(tiles).members()
      + ",\"layer\":\(JSONText.string(layer)),\"of\":\(maps.channels)"
      + ",\"dead\":[\(dead.filter { $0 < shown }.map { "\($0)" }.joined(separator: ","))]"
      + ",\"deadCount\":\(dead.count),\"label\":\(JSONText.string(name(image.label)))"
  }
}
