import Foundation
import TandemInsight
import TandemNetwork

/// What a search for a learning rate found: its JSON form and its text.
struct LRFindReport: Encodable {
  let model: String
  let data: String
  let optimizer: String
  let batchSize: Int
  let ranks: Int
  let workers: Int
  let shards: Int
  /// Whether the loss ran away before the last rate.
  let hasDiverged: Bool
  let curve: LearningRateCurve
  /// Where the curve is drawn.
  let picture: String?
  /// The training with the rate; nil if none is named.
  let command: String?

  private enum CodingKeys: CodingKey {
    case model, data, optimizer, batchSize, ranks, workers, shards, hasDiverged, points
    case steepestRate, lowestRate, learningRate, picture, command
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(model, forKey: .model)
    try container.encode(data, forKey: .data)
    try container.encode(optimizer, forKey: .optimizer)
    try container.encode(batchSize, forKey: .batchSize)
    try container.encode(ranks, forKey: .ranks)
    try container.encode(workers, forKey: .workers)
    try container.encode(shards, forKey: .shards)
    try container.encode(hasDiverged, forKey: .hasDiverged)
    try container.encode(curve.points, forKey: .points)
    try container.encode(curve.points[curve.steepest].learningRate, forKey: .steepestRate)
    try container.encode(curve.points[curve.lowest].learningRate, forKey: .lowestRate)
    try container.encodeIfPresent(curve.learningRate, forKey: .learningRate)
    try container.encodeIfPresent(picture, forKey: .picture)
    try container.encodeIfPresent(command, forKey: .command)
  }

  /// Of the picture.
  var title: String {
    "\(model.messageLine) on \(data.messageLine), \(optimizer), batch size \(batchSize)"
  }

  func text() -> String {
    let steepest = significant(curve.points[curve.steepest].learningRate)
    let lowest = significant(curve.points[curve.lowest].learningRate)
    var lines = [
      "\(title): the loss, smoothed, over \(counted(curve.points.count, "step")) with a rising learning rate",
      CurveChart(curve, columns: ReportStream.columns).text,
      "The loss falls fastest at \(steepest) and is lowest at \(lowest) (v)"
        + (hasDiverged ? ", then it runs away" : "")
        + (curve.endsFalling
          ? "; it still falls at the end, so a higher --lr-to may show more" : ""),
    ]
    if let picture { lines.append("The curve is in \(picture.messageLine)") }
    if let rate = curve.learningRate, let command {
      lines.append("A tenth of that is a good rate (^): --lr \(significant(rate))")
      lines.append(command)
    }
    return lines.joined(separator: "\n")
  }
}
