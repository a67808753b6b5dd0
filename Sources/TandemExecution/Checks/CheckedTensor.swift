import COneDNN
import TandemTensor

/// A small tensor in a format of oneDNN's, in memory of its own: each element is put where the
/// format says, without any help by oneDNN, and around and between them stands what nobody may
/// overwrite.
package final class CheckedTensor {
  package let descriptor: MemoryDescriptor
  /// Where the descriptor counts its elements from.
  package let memory: UnsafeMutableRawPointer
  /// Where the elements are, in plain order; nil in formats that oneDNN keeps to itself.
  private let places: [Int]?
  /// Those that fill up blocks included.
  private let ownPlaces: [Int]
  /// Elements in memory up to the last one of the tensor.
  package let storedElements: Int

  /// What memory holds that is not the tensor's; bfloat16 has it exactly.
  private static let untouched: Float = -12_288
  /// Room before and behind, in bytes.
  private static let margin = 4096

  /// An output, or something to write to.
  init(_ descriptor: MemoryDescriptor) {
    self.descriptor = descriptor
    let bytes = descriptor.elementType.byteCount
    if let layout = descriptor.layout {
      let own = Self.places(layout, layout.dimensions)
      let isFilledUp = layout.dimensions != descriptor.shape
      ownPlaces = own
      places = isFilledUp ? Self.places(layout, descriptor.shape) : own
      storedElements = 1 + (own.max() ?? -1)
    } else {
      ownPlaces = []
      places = nil
      storedElements = (descriptor.byteCount + bytes - 1) / bytes
    }
    memory =
      .allocate(byteCount: storedElements * bytes + 2 * Self.margin, alignment: 64) + Self.margin
    if places == nil {
      memory.initializeMemory(as: UInt8.self, repeating: 0, count: storedElements * bytes)
    } else {
      for place in allPlaces { store(Self.untouched, at: place) }
    }
  }

  /// An input.
  /// - Parameter values: in plain order.
  convenience init(_ descriptor: MemoryDescriptor, _ values: [Double]) throws {
    self.init(descriptor)
    try write(values)
  }

  deinit { (memory - Self.margin).deallocate() }

  /// Margins included.
  private var allPlaces: Range<Int> {
    let margin = Self.margin / descriptor.elementType.byteCount
    return -margin..<storedElements + margin
  }

  /// The places of all elements of a shape, in plain order.
  private static func places(_ layout: BlockedLayout, _ shape: [Int]) -> [Int] {
    shape.indices.reduce([layout.offset]) { starts, axis in
      let distances = layout.distances(alongAxis: axis).prefix(shape[axis])
      return starts.flatMap { start in distances.map { start + $0 } }
    }
  }

  private func store(_ value: Float, at place: Int) {
    switch descriptor.elementType {
    case .float32: memory.storeBytes(of: value, toByteOffset: place * 4, as: Float.self)
    case .bfloat16:
      // The numbers that are written have no more bits than these.
      memory.storeBytes(
        of: UInt16(value.bitPattern >> 16), toByteOffset: place * 2, as: UInt16.self)
    }
  }

  private func load(_ place: Int) -> Float {
    switch descriptor.elementType {
    case .float32: memory.load(fromByteOffset: place * 4, as: Float.self)
    case .bfloat16:
      Float(
        bitPattern: UInt32(memory.load(fromByteOffset: place * 2, as: UInt16.self)) << 16)
    }
  }

  /// Writes all elements, and zeros where they fill up blocks.
  private func write(_ values: [Double]) throws {
    guard let places else {
      try convert(CheckedTensor(plainTwin(), values), to: self)
      return
    }
    if ownPlaces.count > places.count {
      for place in ownPlaces { store(0, at: place) }
    }
    for (place, value) in zip(places, values) { store(Float(value), at: place) }
  }

  /// All elements in plain order; nil in formats that oneDNN keeps to itself, of which there is no
  /// way back.
  func read() -> [Float]? { places?.map(load) }

  /// How many elements were written that are not the tensor's.
  func strayElements() -> Int {
    guard places != nil else { return 0 }
    var isOwn = Array(repeating: false, count: storedElements)
    for place in ownPlaces { isOwn[place] = true }
    return allPlaces.count { place in
      !(isOwn.indices.contains(place) && isOwn[place]) && load(place) != Self.untouched
    }
  }

  private func plainTwin() throws -> MemoryDescriptor {
    try .plain(Shape(descriptor.shape), descriptor.elementType)
  }

  /// Converts to formats that oneDNN keeps to itself.
  private func convert(_ source: CheckedTensor, to destination: CheckedTensor) throws {
    let operation = try Operation(
      "a conversion",
      OperationRequest(
        .reorder(adds: false), .inference, source: source.descriptor,
        destination: destination.descriptor))
    try CheckedPrimitive(operation).run([
      (onednn_argument_from, source), (onednn_argument_to, destination),
    ])
  }
}
