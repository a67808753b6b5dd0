import TandemNetwork

extension ReferenceCall {
  /// The output of a layer of the program's own, which has no other forward than that over floats:
  /// its finite differences need a step of about 0.01, above float32's rounding.
  func output(of layer: any OwnLayer) -> [Double] {
    let sources = inputs.map { $0.map(Float.init) }
    let weights = parameters.mapValues { $0.map(Float.init) }
    var output = [Float](repeating: .nan, count: outputCount)
    output.withUnsafeMutableBufferPointer { output in
      Self.withPointers(sources) { inputs in
        Self.withPointers(weights.values.map { $0 }) { values in
          let call = ForwardCall(
            images: images, inputShapes: inputShapes, outputShape: outputShape, inputs: inputs,
            parameters: Dictionary(uniqueKeysWithValues: zip(weights.keys, values)),
            output: output, isTraining: isTraining)
          // A layer that fails leaves numbers that no comparison takes for right.
          do { try layer.forward(call) } catch { output.update(repeating: .nan) }
        }
      }
    }
    return output.map(Double.init)
  }

  /// Memory of all the arrays at once.
  private static func withPointers(
    _ arrays: [[Float]], _ body: ([UnsafeBufferPointer<Float>]) -> Void
  ) {
    let copies = arrays.map { array in
      let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: array.count)
      _ = copy.initialize(from: array)
      return copy
    }
    defer { for copy in copies { copy.deallocate() } }
    body(copies.map { UnsafeBufferPointer($0) })
  }
}
