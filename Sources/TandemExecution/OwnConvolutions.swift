import CKernels

/// Facts of the convolutions that are kernels of Tandem's own: so far of those by Winograd's way
/// and of those of 1×1.
package enum OwnConvolutions {
  /// The vectors that Winograd's convolutions use on this machine: `AVX-512`, `AVX2` or `128-bit`.
  package static var winogradVectors: String {
    switch WinogradRule.vectors {
    case tandem_winograd_avx512: "AVX-512"
    case tandem_winograd_avx2: "AVX2"
    default: "128-bit"
    }
  }

  /// The vectors that convolutions of 1×1 use on this machine in training and float32: `AVX-512`;
  /// nil where oneDNN computes them.
  package static var pointwiseVectors: String? { PointwiseRule.runs ? "AVX-512" : nil }
}
