import TandemNetwork

/// How a layer of the program's own broke its contract.
package struct OwnLayerError: Error, Hashable, CustomStringConvertible {
  /// The path of the layer in the network, `block1.scale2`.
  package let layer: String
  /// The layer as it was described, `Scale(factor: 2.0)`.
  package let value: String
  /// `forward` or `backward`.
  package let pass: String
  package let problem: String

  package var description: String { "layer \(layer), \(value): its \(pass) \(problem)" }

  /// Runs what the layer does and names the layer in what it throws.
  static func naming(
    _ name: String, _ layer: any OwnLayer, _ pass: String, _ body: () throws -> Void
  ) throws {
    do {
      try body()
    } catch {
      throw OwnLayerError(
        layer: name, value: "\(layer)", pass: pass, problem: "failed: \(error)")
    }
  }
}
