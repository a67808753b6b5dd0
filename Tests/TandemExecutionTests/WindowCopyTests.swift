import TandemExecution
import TandemNetwork
import TandemTensor
import Testing

/// Copies between windows beside a loop over all elements of both tensors.
@Suite struct WindowCopyTests {
  /// A tensor `[N, C, H, W]` in blocks of channels, and the window of it that is copied.
  struct Part: Sendable, CustomTestStringConvertible {
    let whole: [Int]
    let start: [Int]
    let block: Int

    var testDescription: String { "\(whole) from \(start) in blocks of \(block)" }

    func descriptor(_ shape: [Int], _ type: ElementType) throws -> MemoryDescriptor {
      let descriptor = try MemoryDescriptor.blocked(Shape(whole), block: block, type)
      return try #require(descriptor.window(Shape(shape), at: start))
    }

    var storedElements: Int { whole[0] * storedChannels * whole[2] * whole[3] }
    private var storedChannels: Int { (whole[1] + block - 1) / block * block }

    /// The place of each element of the window, in its own order.
    func places(_ shape: [Int]) -> [Int] {
      var places: [Int] = []
      for n in 0..<shape[0] {
        for c in 0..<shape[1] {
          for h in 0..<shape[2] {
            for w in 0..<shape[3] {
              let (image, channel) = (n + start[0], c + start[1])
              let plane = image * (storedChannels / block) + channel / block
              let row = plane * whole[2] + h + start[2]
              places.append((row * whole[3] + w + start[3]) * block + channel % block)
            }
          }
        }
      }
      return places
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let shape: [Int]
    let from: Part
    let to: Part

    var testDescription: String { "\(shape) of \(from.testDescription) to \(to.testDescription)" }
  }

  static let cases = [
    // Equal strides and gaps on both sides: what oneDNN 3.7 gets wrong.
    Case(
      shape: [4, 4, 3, 3], from: Part(whole: [4, 8, 3, 3], start: [0, 2, 0, 0], block: 1),
      to: Part(whole: [4, 8, 3, 3], start: [0, 0, 0, 0], block: 1)),
    Case(
      shape: [4, 8, 10, 10], from: Part(whole: [4, 22, 10, 10], start: [0, 14, 0, 0], block: 1),
      to: Part(whole: [4, 22, 10, 10], start: [0, 3, 0, 0], block: 1)),
    // Other strides; a whole tensor on one side; fewer images.
    Case(
      shape: [4, 4, 3, 3], from: Part(whole: [4, 9, 3, 3], start: [0, 1, 0, 0], block: 1),
      to: Part(whole: [4, 8, 3, 3], start: [0, 4, 0, 0], block: 1)),
    Case(
      shape: [3, 5, 4, 2], from: Part(whole: [3, 5, 4, 2], start: [0, 0, 0, 0], block: 1),
      to: Part(whole: [5, 7, 4, 2], start: [1, 2, 0, 0], block: 1)),
    Case(
      shape: [2, 6, 1, 1], from: Part(whole: [4, 8, 1, 1], start: [2, 1, 0, 0], block: 1),
      to: Part(whole: [2, 6, 1, 1], start: [0, 0, 0, 0], block: 1)),
    // Gaps within maps, in every loop.
    Case(
      shape: [2, 3, 2, 2], from: Part(whole: [3, 5, 4, 5], start: [1, 1, 2, 3], block: 1),
      to: Part(whole: [4, 4, 3, 3], start: [2, 0, 1, 1], block: 1)),
    // Blocks, the last of them filled up or not.
    Case(
      shape: [3, 16, 5, 5], from: Part(whole: [3, 48, 5, 5], start: [0, 32, 0, 0], block: 16),
      to: Part(whole: [3, 48, 5, 5], start: [0, 16, 0, 0], block: 16)),
    Case(
      shape: [2, 8, 3, 3], from: Part(whole: [2, 24, 3, 3], start: [0, 8, 0, 0], block: 8),
      to: Part(whole: [2, 8, 3, 3], start: [0, 0, 0, 0], block: 8)),
    Case(
      shape: [2, 20, 3, 3], from: Part(whole: [2, 36, 3, 3], start: [0, 16, 0, 0], block: 16),
      to: Part(whole: [2, 20, 3, 3], start: [0, 0, 0, 0], block: 16)),
  ]

  @Test(arguments: cases)
  func copiesOrAdds(_ example: Case) throws {
    let copy = try #require(
      WindowCopy(
        from: example.from.descriptor(example.shape, .float32),
        to: example.to.descriptor(example.shape, .float32)))
    let source = values(example.from, example.shape, blank: 0)
    let before = (0..<example.to.storedElements).map { Float(-1 - $0) }
    for adds in [false, true] {
      var expected = before
      for (from, to) in zip(example.from.places(example.shape), example.to.places(example.shape)) {
        expected[to] = adds ? expected[to] + source[from] : source[from]
      }
      // What fills up the last block is zero on both sides, which a copy keeps.
      var found = filledUp(before, example)
      expected = filledUp(expected, example)
      if adds {
        copy.add(source, to: &found)
      } else {
        copy.copy(source, to: &found)
      }
      #expect(found == expected, "adds: \(adds)")
    }
  }

  @Test(arguments: cases)
  func copiesBFloat16(_ example: Case) throws {
    let copy = try #require(
      WindowCopy(
        from: example.from.descriptor(example.shape, .bfloat16),
        to: example.to.descriptor(example.shape, .bfloat16)))
    let source = values(example.from, example.shape, blank: 0).map { UInt16($0) }
    var found = filledUp(
      Array(repeating: UInt16.max, count: example.to.storedElements), example)
    var expected = found
    for (from, to) in zip(example.from.places(example.shape), example.to.places(example.shape)) {
      expected[to] = source[from]
    }
    copy.copy(source, to: &found)
    #expect(found == expected)
  }

  /// Each place its number, and in what fills up the last block zeros.
  private func values(_ part: Part, _ shape: [Int], blank: Float) -> [Float] {
    var result = Array(repeating: blank, count: part.storedElements)
    for (number, place) in part.places(shape).enumerated() { result[place] = Float(number + 1) }
    return result
  }

  /// With zeros after the last channel, where the window reaches up to it.
  private func filledUp<Element: ExpressibleByIntegerLiteral>(
    _ values: [Element], _ example: Case
  ) -> [Element] {
    let part = example.to
    var values = values
    let channels = part.whole[1]
    let stored = (channels + part.block - 1) / part.block * part.block
    guard stored > channels else { return values }
    let rest = Part(
      whole: [part.whole[0], stored, part.whole[2], part.whole[3]],
      start: [0, channels, 0, 0], block: part.block)
    for place in rest.places([part.whole[0], stored - channels, part.whole[2], part.whole[3]]) {
      values[place] = 0
    }
    return values
  }

  @Test func vectorsAreRows() throws {
    let whole = try MemoryDescriptor.plain([3, 7])
    let from = try #require(whole.window([3, 2], at: [0, 4]))
    let to = try #require(whole.window([3, 2], at: [0, 1]))
    let source = (0..<21).map(Float.init)
    var found = Array(repeating: Float(-1), count: 21)
    try #require(WindowCopy(from: from, to: to)).copy(source, to: &found)
    #expect(
      found == [-1, 4, 5, -1, -1, -1, -1, -1, 11, 12, -1, -1, -1, -1, -1, 18, 19, -1, -1, -1, -1])
  }

  @Test func leavesOtherOrdersAndTypesAlone() throws {
    let shape: Shape = [2, 16, 3, 3]
    let plain = try MemoryDescriptor.plain(shape)
    #expect(try WindowCopy(from: plain, to: .plain(shape)) != nil)
    #expect(try WindowCopy(from: plain, to: .plain(shape, .bfloat16)) == nil)
    #expect(try WindowCopy(from: plain, to: .blocked(shape, block: 16)) == nil)
    #expect(try WindowCopy(from: .blocked(shape, block: 8), to: .blocked(shape, block: 16)) == nil)
    #expect(try WindowCopy(from: .any(shape), to: plain) == nil)
  }

  /// In a network of branches whose channels are whole blocks, whatever oneDNN's version.
  @Test func joinsAreOurs() throws {
    let network = Network("concat", input: [3, 6, 6]) {
      Conv2D(4, kernel: 1).named("stem")
      Concat("join") {
        Branch { Conv2D(16, kernel: 3) }
        Branch { Conv2D(32, kernel: 3) }
      }
      Conv2D(16, kernel: 3).named("head")
    }
    let plan = try Plan(network.graph(), images: 16, mode: .training)
    let copies = plan.report.filter { $0.kind == "concatenation" }
    #expect(
      copies.map(\.label) == [
        "join forward", "join input 0 gradient copy", "join input 1 gradient copy",
      ])
    #expect(copies.allSatisfy { $0.implementation == "tandem" })
  }
}
