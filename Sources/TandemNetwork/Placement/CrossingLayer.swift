import TandemTensor

/// Makes of what the devices of a model group have of a value what each of them needs: the node of a
/// `Crossing`. Only the graphs of devices have such layers, no network's description.
public struct CrossingLayer: Layer {
  public static let kind = "crossing"

  /// The number of the crossing in `DeviceGraph.crossings`.
  public let crossing: Int
  /// What this device has afterwards.
  public let output: Shape

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape { output }

  public var description: String { "Crossing(\(crossing))" }
}
