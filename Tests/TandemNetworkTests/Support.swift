import Foundation
import TandemNetwork
import TandemReference
import TandemTensor

/// The text of the error that `body` throws, "no error" if it throws none.
func errorText(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch {
    return "\(error)"
  }
}

/// The text of the error of one layer on one input, without the network's and the layer's names.
func layerError(_ layer: some Layer, on input: Shape) -> String {
  errorText { _ = try layer.outputShape(for: [input]) }
}

/// One layer's graph of one node.
func graph(of layer: some Layer, on input: Shape) throws -> NetworkGraph {
  try Network("single", input: input) { layer }.graph()
}

/// One layer's naive forward pass.
/// - Parameters:
///   - values: `[N, …]`, N images of the given shape.
///   - parameters: by the name within the layer.
func reference(
  _ layer: some Layer, on input: Shape, _ values: [Double],
  parameters: [String: [Double]] = [:], dropout: DropoutContext? = nil
) throws -> [Double] {
  let graph = try graph(of: layer, on: input)
  let named = parameters.map { ("\(graph.nodes[0].name).\($0)", $1) }
  return ReferenceNetwork(graph).forward(
    images: values, count: values.count / input.elementCount,
    parameters: Dictionary(uniqueKeysWithValues: named), dropout: dropout)[0]
}

/// The numbers that Tests/Fixtures/pytorch/reference_layers.py calls by the same name.
func pattern(_ count: Int, salt: Int) -> [Double] {
  (0..<count).map { Double(($0 * 37 + salt * 17) % 101 - 50) / 64 }
}

/// The largest difference of two equally long rows of numbers; infinite if a number is missing or
/// NaN.
func largestDifference(_ first: [Double], _ second: [Double]) -> Double {
  guard first.count == second.count else { return .infinity }
  return zip(first, second).reduce(0) { largest, pair in
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(largest, difference)
  }
}

/// This package's root folder.
let packageRoot = URL(filePath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
