import TandemCollectives
import TandemData
import TandemExecution
import TandemNetwork

// Steps of devices whose dense layers compute a data part in pieces.

extension TrainingStep {
  /// Computes the gradients of a shard's images: the layers before the crossing forward, for one
  /// piece after the other those behind it forward and backward, and the layers before it backward.
  ///
  /// - Parameters: as of `compute`.
  func computeInPieces(
    _ range: Range<Int>, of shard: Int, _ context: BatchContext, worker: Worker, isFirst: Bool,
    isLast: Bool
  ) throws {
    let count = context.batch.count
    let front = replicas.replica(division.planKey(ofShard: shard, images: count))
    let images = images(of: context.batch, range)
    let dropout = dropoutContext(context, range)
    try front.forward(images: images, dropout: dropout)

    if isFirst { device?.clear(memory.gradients(ofShard: shard)) }
    let pieces = division.pieces(ofShard: shard, images: count)
    for (number, piece) in pieces.enumerated() {
      let back = replicas.replica(piece.key)
      let elements = back.plan.graph.inputShape.elementCount
      let start = (piece.own.lowerBound - range.lowerBound) * elements
      let positions = piece.images.flatMap { Array($0) }
      let pieceDropout = dropoutContext(context, positions)
      back.meet = device.map { device in { try device.meet($0, worker) } }
      try back.forward(images: front.logits + start, dropout: pieceDropout)

      var sum = BatchLabels.gathered(context.batch, positions) { evaluate(back, $0, context) }
      if endsRun(sum) {
        let layer =
          try front.findNonFinite(images: images, dropout: dropout)
          ?? back.findNonFinite(images: front.logits + start, dropout: pieceDropout)
        throw nonFiniteLoss(context, at: layer)
      }
      // All devices have the outputs of all images, and one counts.
      if let mesh = division.mesh, shard % mesh.model > 0 { sum = LossSum() }
      memory.add(sum, ofShard: shard, isFirst: isFirst && number == 0)

      try backward(back, context, shard: shard, [], adds: !isFirst || number > 0) { finished in
        if isLast, number == pieces.count - 1 {
          progress.report(worker, exchange: context.step.exchange, elements: finished)
        }
      }
      if let gradient = back.imagesGradient {
        (front.logitsGradient + start).update(from: gradient, count: piece.own.count * elements)
      }
      // Nobody puts anything down again before the others have taken it.
      try device?.meetLocally(worker)
    }

    try backward(front, context, shard: shard, [], adds: !isFirst) { finished in
      if isLast { progress.report(worker, exchange: context.step.exchange, elements: finished) }
    }
  }
}
