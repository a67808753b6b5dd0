/// Where a tensor's elements are in its storage: element `[i, j, …]` at
/// `first + i · strides[0] + j · strides[1] + …`. All of them are inside.
struct PyTorchTensor: Hashable {
  let storage: PyTorchStorage
  let first: Int
  let shape: Shape
  let strides: [Int]
  /// How many elements lie between the first one and the last one, both included; 0 for none.
  let span: Int

  /// PyTorch's own limit.
  static let mostAxes = 64

  /// - Throws: `PyTorchError.Fact.badTensor`, with the `offset` of the pickle.
  init(
    storage: PyTorchStorage, offset first: Int, extents: [Int], strides: [Int], at offset: Int
  ) throws(PyTorchError.Fact) {
    func bad(_ problem: String) -> PyTorchError.Fact {
      .badTensor(offset: offset, problem: problem)
    }
    guard extents.count == strides.count else {
      throw bad("\(extents.count) extents and \(strides.count) strides")
    }
    guard first >= 0, extents.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else {
      throw bad("a negative extent, stride or offset")
    }
    // In the order in which `Shape.elementCount` multiplies, so that it cannot overflow either.
    var count = 1
    for extent in extents {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= Int.max / 16 else { throw bad("more elements than any file has") }
      count = product
    }
    var last = 0
    if count > 0 {
      for (extent, stride) in zip(extents, strides) {
        let (distance, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
        let (sum, sumOverflow) = last.addingReportingOverflow(distance)
        guard !overflow, !sumOverflow else { throw bad("elements outside of its storage") }
        last = sum
      }
      guard first < storage.part.count, last < storage.part.count - first else {
        throw bad(
          "elements outside of its storage \(storage.key.quotedTensorName), which has "
            + "\(storage.part.count)")
      }
    }
    self.storage = storage
    self.first = count > 0 ? storage.part.lowerBound + first : 0
    self.shape = Shape(extents)
    self.strides = strides
    span = count > 0 ? last + 1 : 0
  }

  /// The tensor's elements as float32, row by row; nil for a type that weights are not made of.
  /// - Parameter bytes: those of the storage.
  func floats(_ bytes: UnsafeRawBufferPointer) -> [Float]? {
    let size = storage.type.byteCount
    let used = UnsafeRawBufferPointer(rebasing: bytes[first * size..<(first + span) * size])
    guard let floats = storage.type.floats(used) else { return nil }
    return isContiguous ? floats : rowMajor(floats)
  }

  /// Whether the elements lie row by row, without gaps.
  private var isContiguous: Bool {
    var expected = 1
    for (extent, stride) in zip(shape.dimensions, strides).reversed() where extent != 1 {
      if stride != expected { return false }
      expected *= extent
    }
    return true
  }

  private func rowMajor(_ floats: [Float]) -> [Float] {
    [Float](count: shape.elementCount) { memory in
      let target = memory.assumingMemoryBound(to: Float.self)
      var place = [Int](repeating: 0, count: shape.rank)
      var source = 0
      for index in target.indices {
        target[index] = floats[source]
        // The last axis turns fastest, as on an odometer.
        for axis in place.indices.reversed() {
          place[axis] += 1
          source += strides[axis]
          if place[axis] < shape[axis] { break }
          source -= place[axis] * strides[axis]
          place[axis] = 0
        }
      }
    }
  }
}
