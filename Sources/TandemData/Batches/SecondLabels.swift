/// The labels of the images that some of a batch's were mixed with, `[count]` each, and those
/// labels' shares of the targets.
package struct SecondLabels: @unchecked Sendable {
  // Sendable: read-only memory that outlives its readers.
  package let labels: UnsafePointer<Int32>
  package let shares: UnsafePointer<Float>

  package init(labels: UnsafePointer<Int32>, shares: UnsafePointer<Float>) {
    self.labels = labels
    self.shares = shares
  }
}
