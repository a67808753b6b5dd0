import TandemNetwork

/// A layer with a naive forward pass.
protocol ReferenceLayer: Layer {
  /// - Returns: the output `[N, …]` in plain order.
  func reference(_ call: ReferenceCall) -> [Double]

  /// The smallest change of an input that takes the function across a corner.
  func distanceToCorner(_ call: ReferenceCall) -> Double
}

extension ReferenceLayer {
  func distanceToCorner(_ call: ReferenceCall) -> Double { .infinity }
}
