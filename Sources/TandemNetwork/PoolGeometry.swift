import TandemTensor

/// Where a sliding window goes over a padded map: what a pooling (and, without ceil mode, a
/// convolution) means for one input size.
package struct PoolGeometry: Hashable, Sendable {
  /// The padding as resolved for this input.
  package let padding: Edges
  /// Rows and columns of the output.
  package let output: Size2D
  /// Rows that the last window reaches over below the padded input, which only ceil mode allows.
  package let extraBottom: Int
  /// Columns that the last window reaches over to the right of the padded input.
  package let extraRight: Int

  /// - Parameter input: `[C, H, W]`
  /// - Throws: `LayerError` if the input is no `[C, H, W]`, a size is out of range, or the window
  ///   does not fit into the padded input.
  init(
    input: Shape, kernel: Size2D, stride: Size2D, padding: Padding, ceilMode: Bool
  ) throws(LayerError) {
    try requireMaps(input)
    try requireExtent(kernel, "kernel")
    try requireExtent(stride, "stride")
    if case .explicit(let top, let bottom, let left, let right) = padding {
      for side in [top, bottom, left, right] where !(0...maximumExtent).contains(side) {
        throw LayerError("padding \(side) is outside 0…\(maximumExtent)")
      }
    }
    let size = Size2D(maps: input)
    let edges = padding.resolved(input: size, kernel: kernel, stride: stride)
    let padded = Size2D(height: size.height + edges.rows, width: size.width + edges.columns)
    guard kernel.height <= padded.height, kernel.width <= padded.width else {
      let paddedText = edges == .zero ? "" : " (\(padded) with its padding)"
      throw LayerError(
        "kernel \(kernel) does not fit the input \(input)\(paddedText); "
          + "use a smaller kernel, more padding or larger images")
    }
    let output = Size2D(
      height: Self.steps(
        size.height, edges.top, edges.bottom, kernel.height, stride.height, ceilMode: ceilMode),
      width: Self.steps(
        size.width, edges.left, edges.right, kernel.width, stride.width, ceilMode: ceilMode))
    self.padding = edges
    self.output = output
    extraBottom = max(0, (output.height - 1) * stride.height + kernel.height - padded.height)
    extraRight = max(0, (output.width - 1) * stride.width + kernel.width - padded.width)
  }

  /// The number of window positions along one axis. In ceil mode the last window may reach over the
  /// end, but it must start inside the input or the padding before it, as in PyTorch.
  private static func steps(
    _ input: Int, _ before: Int, _ after: Int, _ kernel: Int, _ stride: Int, ceilMode: Bool
  ) -> Int {
    let room = input + before + after - kernel
    guard ceilMode else { return room / stride + 1 }
    let steps = (room + stride - 1) / stride + 1
    return (steps - 1) * stride >= input + before ? steps - 1 : steps
  }
}

extension PoolGeometry {
  /// The geometry of a pooling, whose padding may be at most half the kernel, so that no window
  /// sees padding only.
  init(
    poolingOf input: Shape, kernel: Size2D, stride: Size2D, padding: Padding, ceilMode: Bool
  ) throws(LayerError) {
    try self.init(
      input: input, kernel: kernel, stride: stride, padding: padding, ceilMode: ceilMode)
    let edges = self.padding
    guard max(edges.top, edges.bottom) <= kernel.height / 2,
      max(edges.left, edges.right) <= kernel.width / 2
    else {
      throw LayerError(
        "padding \(padding) is more than half of the kernel \(kernel); use at most "
          + "\(kernel.height / 2) rows and \(kernel.width / 2) columns at each side")
    }
  }
}
