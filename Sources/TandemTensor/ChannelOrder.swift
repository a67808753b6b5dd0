extension Array {
  /// Images `[N, H, W, C]`, as most programs for pictures hold them, in this package's order
  /// `[N, C, H, W]`.
  /// - Parameter imageShape: `[C, H, W]`
  package func channelsFirst(imageShape: Shape) -> [Element] {
    let (channels, plane) = (imageShape[0], imageShape[1] * imageShape[2])
    guard channels > 1, !isEmpty else { return self }
    let images = count / (channels * plane)
    precondition(count == images * channels * plane, "\(count) elements for \(imageShape) images")
    return Array(unsafeUninitializedCapacity: count) { output, initializedCount in
      for image in 0..<images {
        for channel in 0..<channels {
          for pixel in 0..<plane {
            output.initializeElement(
              at: (image * channels + channel) * plane + pixel,
              to: self[(image * plane + pixel) * channels + channel])
          }
        }
      }
      initializedCount = count
    }
  }
}
