import CKernels

/// A convolution and what follows it, computed as one by our own kernels; see `Lanes/lanes.h`.
struct LaneLayer: Sendable {
  let convolution: Int
  /// All nodes, the convolution first: it does the work, the others hand on its output.
  let nodes: [Int]
  let kernelForm: tandem_lane_layer
}
