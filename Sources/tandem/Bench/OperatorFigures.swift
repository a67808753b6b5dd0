import Tandem
import TandemInsight
import TandemNetwork

/// One operator of a step: what `OperatorTime` says of one worker, and what follows from it.
struct OperatorFigures: Encodable {
  let label: String
  let layer: String
  let kind: String
  let section: String
  let implementation: String
  let secondsPerStep: Double
  /// The speed of arithmetic in convolutions and dense layers; nil for everything else.
  let gigaflopsPerSecond: Double?
  let fractionOfPeak: Double?
  /// Read and written.
  let bytes: Double
  let gigabytesPerSecond: Double

  private enum CodingKeys: CodingKey {
    case label, layer, kind, section, implementation, secondsPerStep, gigaflopsPerSecond
    case fractionOfPeak, bytes, gigabytesPerSecond
  }

  /// What it does, without the layer's name.
  let activity: String
  let floatingPointOperations: Double

  /// - Parameter peak: of one worker, in operations per second.
  init(_ time: OperatorTime, peak: Double) {
    label = time.label
    layer = time.layer
    kind = time.kind
    section = time.section
    implementation = time.implementation
    secondsPerStep = time.seconds
    let computes = time.floatingPointOperations > 0
    gigaflopsPerSecond = computes ? time.operationsPerSecond / 1e9 : nil
    fractionOfPeak = computes ? time.operationsPerSecond / peak : nil
    bytes = time.bytes
    gigabytesPerSecond = time.bytesPerSecond / 1e9
    activity = time.activity
    floatingPointOperations = time.floatingPointOperations
  }
}

extension OperatorFigures {
  /// What it is counted with. What crosses between devices is put down and taken, in many pieces;
  /// in between they meet.
  var group: String {
    if kind == CrossingLayer.kind {
      let meets = activity == "forward" || activity == "backward"
      return meets ? "crossing, meeting others" : "crossing, copying"
    }
    return activity.hasSuffix("reorder") ? "reorders" : "\(kind) \(activity)"
  }
}
