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
  /// - Throws: `ImageFailure`; errors of the built-in data sets, which name their file, as they are.
  package func readImage(
    _ index: Int, normalization: Normalization, into destination: UnsafeMutablePointer<Float>
  ) throws {
    do {
      try copyImage(index, normalization: normalization, into: destination)
    } catch let error as DataError {
      throw error
    } catch let error as FileError {
      throw error
    } catch {
      throw ImageFailure(dataset: name, index: index, error: error)
    }
  }
}
