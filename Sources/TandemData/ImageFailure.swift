import TandemTensor

/// An image that a data set could not produce, with the error that the data set threw.
package struct ImageFailure: Error, CustomStringConvertible {
  /// The name of the data set.
  package let dataset: String
  package let index: Int
  package let error: any Error

  package var description: String { "the data set \(dataset) has no image \(index): \(error)" }
}

extension Dataset {
  /// Writes an image as `copyImage` does, and says whose it was where that fails.
  /// - Parameter epoch: of the training that uses the image; nil for all other uses.
  /// - Throws: `ImageFailure`; errors of the built-in data sets, which name their file, as they
  ///   are.
  package func readImage(
    _ index: Int, epoch: Int? = nil, normalization: Normalization,
    into destination: UnsafeMutablePointer<Float>
  ) throws {
    do {
      if let epoch {
        try copyImage(index, epoch: epoch, normalization: normalization, into: destination)
      } else {
        try copyImage(index, normalization: normalization, into: destination)
      }
      normalization.finish(destination, count: imageShape.elementCount)
    } catch let error as DataError {
      throw error
    } catch let error as PictureFolderError {
      throw error
    } catch let error as FileError {
      throw error
    } catch {
      throw ImageFailure(dataset: name, index: index, error: error)
    }
  }
}
