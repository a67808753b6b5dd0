import TandemNetwork
import TandemTensor

/// One window over one map, `position` in the output, in coordinates of the unpadded input: what it
/// covers may lie outside.
private struct Window {
  let rows: Range<Int>
  let columns: Range<Int>

  init(row: Int, column: Int, kernel: Size2D, stride: Size2D, edges: Edges) {
    let top = row * stride.height - edges.top
    let left = column * stride.width - edges.left
    rows = top..<(top + kernel.height)
    columns = left..<(left + kernel.width)
  }

  /// The values under the window that lie inside the map.
  func values(_ map: ArraySlice<Double>, size: Size2D) -> [Double] {
    var values: [Double] = []
    for row in rows.clamped(to: 0..<size.height) {
      for column in columns.clamped(to: 0..<size.width) {
        values.append(map[map.startIndex + row * size.width + column])
      }
    }
    return values
  }
}

/// Calls `body` for each window of each map, in the order of the output.
private func pool(
  _ call: ReferenceCall, kernel: Size2D, stride: Size2D, padding: Padding,
  _ body: (_ window: Window, _ map: ArraySlice<Double>, _ size: Size2D, _ edges: Edges) -> Double
) -> [Double] {
  let size = Size2D(maps: call.inputShapes[0])
  let outputSize = Size2D(maps: call.outputShape)
  let edges = padding.resolved(input: size, kernel: kernel, stride: stride)
  let mapElements = size.height * size.width
  var output: [Double] = []
  for index in 0..<(call.images * call.outputShape[0]) {
    let map = call.inputs[0][index * mapElements..<(index + 1) * mapElements]
    for row in 0..<outputSize.height {
      for column in 0..<outputSize.width {
        let window = Window(
          row: row, column: column, kernel: kernel, stride: stride, edges: edges)
        output.append(body(window, map, size, edges))
      }
    }
  }
  return output
}

extension MaxPool2D: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] {
    pool(call, kernel: kernel, stride: stride, padding: padding) { window, map, size, _ in
      window.values(map, size: size).reduce(-.infinity) { $1.isNaN || $1 > $0 ? $1 : $0 }
    }
  }

  /// Half of the gap between the two largest values of a window. Zeros that tie come from a ReLU
  /// before, through which nothing flows back: they are no corner here.
  func distanceToCorner(_ call: ReferenceCall) -> Double {
    let gaps = pool(call, kernel: kernel, stride: stride, padding: padding) {
      window, map, size, _ in
      let largest = window.values(map, size: size).sorted().suffix(2)
      guard let first = largest.first, let last = largest.last, largest.count == 2 else {
        return .infinity
      }
      return first == 0 && last == 0 ? .infinity : (last - first) / 2
    }
    return gaps.min() ?? .infinity
  }
}

extension AveragePool2D: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] {
    pool(call, kernel: kernel, stride: stride, padding: padding) { window, map, size, edges in
      let values = window.values(map, size: size)
      // The padding counts, but not what ceil mode reaches over beyond it.
      let rows = window.rows.clamped(to: -edges.top..<(size.height + edges.bottom))
      let columns = window.columns.clamped(to: -edges.left..<(size.width + edges.right))
      let divisor = countIncludesPadding ? rows.count * columns.count : values.count
      return values.reduce(0, +) / Double(divisor)
    }
  }
}

extension AdaptiveAveragePool2D: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] {
    let size = Size2D(maps: call.inputShapes[0])
    let mapElements = size.height * size.width
    let rows = Self.windows(input: size.height, output: output.height)
    let columns = Self.windows(input: size.width, output: output.width)
    return (0..<call.images * call.outputShape[0]).flatMap { map in
      rows.flatMap { rows in
        columns.map { columns in
          var sum = 0.0
          for row in rows {
            for column in columns {
              sum += call.inputs[0][map * mapElements + row * size.width + column]
            }
          }
          return sum / Double(rows.count * columns.count)
        }
      }
    }
  }
}

extension TrainableSubsampling: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] {
    let weight = call.parameter("weight")
    let bias = call.parameter("bias")
    let mapElements = call.outputShape[1] * call.outputShape[2]
    let means = pool(call, kernel: kernel, stride: kernel, padding: .valid) {
      window, map, size, _ in
      window.values(map, size: size).reduce(0, +) / Double(kernel.height * kernel.width)
    }
    return means.enumerated().map { index, mean in
      let map = index / mapElements % call.outputShape[0]
      return weight[map] * mean + bias[map]
    }
  }
}

extension GlobalAveragePool2D: ReferenceLayer {
  func reference(_ call: ReferenceCall) -> [Double] {
    let mapElements = call.inputShapes[0][1] * call.inputShapes[0][2]
    return (0..<call.outputCount).map { index in
      let map = call.inputs[0][index * mapElements..<(index + 1) * mapElements]
      return map.reduce(0, +) / Double(mapElements)
    }
  }
}
