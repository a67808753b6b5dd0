import CKernels
import COneDNN
import TandemNetwork
import TandemTensor

extension AdaptiveAveragePool2D: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    let input = Size2D(maps: site.node.inputShapes[0])
    guard input.height % output.height == 0, input.width % output.width == 0 else {
      return AdaptivePoolingOperator(self, site)
    }
    // Windows of one size that touch: an ordinary pooling.
    let kernel = Size2D(height: input.height / output.height, width: input.width / output.width)
    return PoolingOperator(
      onednn_pooling_average_exclude_padding,
      window: onednn_window(kernel: kernel, stride: kernel, padding: .zero), site)
  }
}

/// The mean of windows of different sizes, in plain order.
final class AdaptivePoolingOperator: Operator {
  private let site: OperatorSite
  private let windows: Windows

  let backwardReadsOutput = false

  /// The bounds of rows and columns, as the kernels want them.
  private struct Windows: Sendable {
    let input: Size2D
    let output: Size2D
    let rows: [Int32]
    let columns: [Int32]

    func withKernelForm(_ body: (tandem_windows) -> Void) {
      rows.withUnsafeBufferPointer { rows in
        columns.withUnsafeBufferPointer { columns in
          body(
            tandem_windows(
              rows: input.height, columns: input.width, output_rows: output.height,
              output_columns: output.width, row_bounds: rows.baseAddress,
              column_bounds: columns.baseAddress))
        }
      }
    }
  }

  init(_ layer: AdaptiveAveragePool2D, _ site: OperatorSite) {
    self.site = site
    let input = Size2D(maps: site.node.inputShapes[0])
    func bounds(_ input: Int, _ output: Int) -> [Int32] {
      AdaptiveAveragePool2D.windows(input: input, output: output).flatMap {
        [Int32($0.lowerBound), Int32($0.upperBound)]
      }
    }
    windows = Windows(
      input: input, output: layer.output, rows: bounds(input.height, layer.output.height),
      columns: bounds(input.width, layer.output.width))
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    let source = try builder.reordered(
      inputs[0], to: .plain(site.node.inputShapes[0].batched(builder.images)),
      label: "\(site.name) input", in: .forward)
    let output = builder.operand(
      "\(site.name) output", try .plain(site.node.outputShape.batched(builder.images)))
    let windows = windows
    let maps = builder.images * site.node.outputShape[0]
    builder.emit(
      label: "\(site.name) forward", in: .forward, reads: [source.buffer], writes: [output.buffer]
    ) { context in
      let (x, y) = (context.floats(source), context.floats(output))
      windows.withKernelForm { tandem_window_means_forward(x, y, maps, $0) }
    }
    return output
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    let gradient = try builder.reordered(
      outputGradient, to: .plain(site.node.outputShape.batched(builder.images)),
      label: "\(site.name) output gradient", in: .backward)
    let inputGradient = builder.operand(
      "\(site.name) input gradient", try .plain(site.node.inputShapes[0].batched(builder.images)))
    let windows = windows
    let maps = builder.images * site.node.outputShape[0]
    builder.emit(
      label: "\(site.name) backward input", in: .backward, reads: [gradient.buffer],
      writes: [inputGradient.buffer]
    ) { context in
      let (dy, dx) = (context.floats(gradient), context.floats(inputGradient))
      windows.withKernelForm { tandem_window_means_backward(dy, dx, maps, $0) }
    }
    return [inputGradient]
  }
}
