import TandemTensor

/// Makes of what the devices of a model group have of a value what each of them needs: the node of
/// a `Crossing`. Only the graphs of devices have such layers, no network's description.
package struct CrossingLayer: Layer {
  package static let kind = "crossing"

  /// The number of the crossing in `DeviceGraph.crossings`.
  package let crossing: Int
  /// What this device has afterwards.
  package let output: Shape

  package func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape { output }

  package var description: String { "Crossing(\(crossing))" }
}
