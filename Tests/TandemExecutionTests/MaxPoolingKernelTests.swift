import CKernels
import TandemTensor
import Testing

/// The kernel against loops that look at one value at a time, in all orders of maps.
@Suite struct MaxPoolingKernelTests {
  private static let windows: [tandem_max_pooling] = [
    window(2, stride: 2), window(3, stride: 2), window(3, stride: 1, padding: 1),
    window(3, stride: 2, padding: 1, over: 1), window(2, stride: 3),
    window(5, stride: 1, padding: 2),
    // More places than a byte can number.
    window(17, stride: 3, padding: 8),
  ]

  private static func window(
    _ size: Int, stride: Int, padding: Int = 0, over: Int = 0
  ) -> tandem_max_pooling {
    tandem_max_pooling(
      window_rows: size, window_columns: size, stride_rows: stride, stride_columns: stride,
      top: padding, left: padding,
      output_rows: (rows + 2 * padding - size + over) / stride + 1,
      output_columns: (columns + 2 * padding - size + over) / stride + 1, follows_relu: false)
  }

  private static let (images, channels, rows, columns) = (2, 19, 18, 20)

  @Test(arguments: windows.indices, [1, 8, 16])
  func equalsPlainLoops(window: Int, block: Int) {
    for followsReLU in [false, true] {
      for isBFloat16 in [false, true] {
        var pooling = Self.windows[window]
        pooling.follows_relu = followsReLU
        check(
          pooling,
          tandem_maps(
            images: Self.images, channels: Self.channels, rows: Self.rows, columns: Self.columns,
            block: block, bfloat16: isBFloat16))
      }
    }
  }

  private func check(_ pooling: tandem_max_pooling, _ maps: tandem_maps) {
    var outputMaps = maps
    (outputMaps.rows, outputMaps.columns) = (pooling.output_rows, pooling.output_columns)
    let source = Values(
      maps,
      // Few different values, so that many are equal; some are no numbers.
      numbers(count: maps.images * maps.channels * maps.rows * maps.columns, seed: 1).map {
        let value = ($0 * 4).rounded() / 4
        if $0 > 0.98 { return .nan }
        return pooling.follows_relu && value < 0 ? 0 : value
      })
    let gradient = Values(
      outputMaps,
      numbers(
        count: maps.images * maps.channels * outputMaps.rows * outputMaps.columns, seed: 2
      ).map { ($0 * 4).rounded() / 4 })
    let output = Values(outputMaps)
    let sourceGradient = Values(maps)
    let winners = UnsafeMutableRawPointer.allocate(
      byteCount: tandem_max_pooling_winners(maps, pooling), alignment: 64)
    defer { winners.deallocate() }
    tandem_max_pooling_forward(source.memory, output.memory, winners, maps, pooling)
    tandem_max_pooling_backward(gradient.memory, winners, sourceGradient.memory, maps, pooling)
    let inference = Values(outputMaps)
    tandem_max_pooling_forward(source.memory, inference.memory, nil, maps, pooling)

    let expected = plainLoops(source, gradient, pooling)
    #expect(output.numbers.map(\.bitPattern) == expected.output.map(\.bitPattern))
    #expect(inference.numbers.map(\.bitPattern) == expected.output.map(\.bitPattern))
    #expect(sourceGradient.numbers == expected.sourceGradient)
    #expect(output.fillsAreZero && sourceGradient.fillsAreZero)
  }

  /// What PyTorch computes, and the derivative of a ReLU before.
  private func plainLoops(
    _ source: Values, _ gradient: Values, _ pooling: tandem_max_pooling
  ) -> (output: [Float], sourceGradient: [Float]) {
    let (values, gradients) = (source.numbers, gradient.numbers)
    var output: [Float] = []
    var sourceGradient = Array(repeating: Float(0), count: values.count)
    for map in 0..<Self.images * Self.channels {
      for i in 0..<pooling.output_rows {
        for j in 0..<pooling.output_columns {
          var winner: Int?
          for u in 0..<pooling.window_rows {
            for v in 0..<pooling.window_columns {
              let row = i * pooling.stride_rows + u - pooling.top
              let column = j * pooling.stride_columns + v - pooling.left
              guard (0..<Self.rows).contains(row), (0..<Self.columns).contains(column) else {
                continue
              }
              let place = (map * Self.rows + row) * Self.columns + column
              if winner.map({ values[place] > values[$0] || values[place].isNaN }) ?? true {
                winner = place
              }
            }
          }
          if !(pooling.follows_relu && values[winner!] <= 0) {
            sourceGradient[winner!] += gradients[output.count]
          }
          output.append(values[winner!])
        }
      }
    }
    return (output, sourceGradient)
  }

  private func numbers(count: Int, seed: UInt64) -> [Float] {
    var random = CounterRandom(seed: seed, purpose: .test).sequence(0)
    return (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
  }
}

/// Maps `[N, C, H, W]` in the kernel's order.
private final class Values {
  let maps: tandem_maps
  let memory: UnsafeMutableRawPointer

  private var blocks: Int { (maps.channels + maps.block - 1) / maps.block }
  private var pixels: Int { maps.rows * maps.columns }

  /// - Parameter numbers: in plain order; without them the memory is full of ones.
  init(_ maps: tandem_maps, _ numbers: [Float]? = nil) {
    self.maps = maps
    let count = tandem_maps_count(maps)
    memory = .allocate(byteCount: count * 4, alignment: 64)
    for place in 0..<count { store(numbers == nil ? 1 : 0, at: place) }
    guard let numbers else { return }
    for (index, number) in numbers.enumerated() { store(number, at: place(index)) }
  }

  deinit { memory.deallocate() }

  private func place(_ index: Int) -> Int {
    let (pixel, channel) = (index % pixels, index / pixels % maps.channels)
    let image = index / pixels / maps.channels
    return ((image * blocks + channel / maps.block) * pixels + pixel) * maps.block
      + channel % maps.block
  }

  private func store(_ number: Float, at place: Int) {
    if maps.bfloat16 {
      memory.storeBytes(
        of: UInt16(number.bitPattern >> 16), toByteOffset: 2 * place, as: UInt16.self)
    } else {
      memory.storeBytes(of: number, toByteOffset: 4 * place, as: Float.self)
    }
  }

  private func number(at place: Int) -> Float {
    maps.bfloat16
      ? Float(
        bitPattern: UInt32(memory.load(fromByteOffset: 2 * place, as: UInt16.self)) << 16)
      : memory.load(fromByteOffset: 4 * place, as: Float.self)
  }

  /// In plain order.
  var numbers: [Float] {
    (0..<maps.images * maps.channels * pixels).map { number(at: place($0)) }
  }

  /// The channels that fill up the last block.
  var fillsAreZero: Bool {
    (0..<tandem_maps_count(maps)).allSatisfy { place in
      let channel = place / maps.block / pixels % blocks * maps.block + place % maps.block
      return channel < maps.channels || number(at: place) == 0
    }
  }
}
