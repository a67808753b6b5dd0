import Foundation
import TandemNetwork
import TandemTensor

/// Gathers the operators of a graph and the numbers that they read.
///
/// Ownership: used by one thread. The arena of the parameters has to live as long as what was
/// gathered is used.
final class ONNXGraphBuilder {
  private(set) var nodes: [ONNXNodeProto] = []
  private(set) var initializers: [ONNXInitializer] = []
  private let entries: [String: ParameterLayout.Entry]
  private let parameters: MemoryArena

  init(_ layout: ParameterLayout, _ parameters: MemoryArena) {
    entries = Dictionary(uniqueKeysWithValues: layout.entries.map { ($0.name, $0) })
    self.parameters = parameters
  }

  func add(
    _ type: String, _ inputs: [String], output: String, name: String,
    _ attributes: [String: ONNXAttribute] = [:]
  ) {
    var node = ONNXNodeProto()
    node.opType = type
    node.name = name
    node.input = inputs
    node.output = [output]
    node.attribute = attributes.sorted { $0.key < $1.key }.map { $0.value.message(named: $0.key) }
    nodes.append(node)
  }

  /// - Parameter shape: nil for the parameter's own.
  func addParameter(_ name: String, shape: [Int]? = nil) -> String {
    let values = values(of: name)
    add(
      name, shape ?? entries[name].map { $0.parameter.shape.dimensions } ?? [], .float,
      .lent(UnsafeRawBufferPointer(values)))
    return name
  }

  func values(of name: String) -> UnsafeBufferPointer<Float> {
    guard let entry = entries[name] else { preconditionFailure("there is no parameter \(name)") }
    return UnsafeBufferPointer(
      start: UnsafePointer(parameters.floats(at: entry.offset)), count: entry.elementCount)
  }

  func addConstant(_ name: String, _ values: [Float], shape: [Int]) -> String {
    precondition(values.count == shape.reduce(1, *), "\(values.count) values for \(shape)")
    add(name, shape, .float, .own(values.withUnsafeBytes { Data($0) }))
    return name
  }

  /// A row of whole numbers.
  func addConstant(_ name: String, _ values: [Int]) -> String {
    let wide = values.map(Int64.init)
    add(name, [values.count], .int64, .own(wide.withUnsafeBytes { Data($0) }))
    return name
  }

  /// Numbers of a name once, whoever reads them.
  private func add(
    _ name: String, _ shape: [Int], _ type: ONNXTensorProto.DataType, _ bytes: ONNXInitializer.Bytes
  ) {
    if initializers.contains(where: { $0.name == name }) { return }
    initializers.append(ONNXInitializer(name: name, shape: shape, type: type, bytes: bytes))
  }
}
