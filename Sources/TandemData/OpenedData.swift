/// A data set that was recognised and read, or listed.
public enum OpenedData: Sendable {
  /// Its images have one shape.
  case images(DatasetPair)
  /// Pictures of any size, which become images by a `PictureRecipe`.
  case pictures(PictureParts)

  /// Pictures with the labels that a network has learned; images of one shape as they are.
  ///
  /// - Parameter names: the classes in the order of their labels; nil where they are not known.
  /// - Throws: `PictureFolderError.unknownClass`.
  public func withClasses(_ names: [String]?) throws -> OpenedData {
    guard case .pictures(let parts) = self, let names else { return self }
    return .pictures(try parts.withClasses(names))
  }
}
