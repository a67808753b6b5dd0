import TandemTensor

/// What is wrong with a data set of pictures.
public struct PictureFolderError: Error, Equatable {
  public enum Fact: Equatable, Sendable {
    /// There are pictures to learn from and none to measure with.
    case nothingToMeasureWith(found: String)
    /// There are pictures for validation already, and a part of the others was asked for.
    case nothingToSplit(part: String)
    case noPictures(leftOut: String)
    case emptyClass(name: String, part: String)
    case classesDifferByCase(String, String)
    /// A class of the pictures to measure with that nothing was learned of.
    case unknownClass(name: String, part: String, known: [String])
    /// Pictures that cannot be read, each with what is wrong.
    case broken([BrokenPicture], of: Int)
    case noPicturesLeft(broken: Int)
    case malformedTable(line: Int, problem: String)
    case damagedShard(offset: Int, problem: String)
    case unlabelled(picture: String)
    case tooLarge(picture: String, byteCount: Int)
    /// A picture that is not what was listed.
    case changed(picture: String)
    case unreadable(picture: String, problem: String)
    case cropLargerThanPicture(crop: Shape, resized: Shape)
    case tooManyPictures(limit: Int)
    /// No picture is larger than the images once it is resized.
    case noCorners(crop: Shape)
  }

  /// The folder or file.
  public let path: String
  public let fact: Fact

  public init(path: String, fact: Fact) {
    self.path = path
    self.fact = fact
  }
}

extension PictureFolderError: CustomStringConvertible {
  public var description: String { "\(path): \(explanation)" }

  private var explanation: String {
    switch fact {
    case .nothingToMeasureWith(let found):
      "there are pictures to learn from (\(found)) but no folder val or test with others to measure "
        + "with; add one, or split some off, such as a fifth of each class with `validationShare` 0.2"
    case .nothingToSplit(let part):
      "there are pictures to measure with in \(part) already; use these, without `validationShare`, or "
        + "move them away"
    case .noPictures(let leftOut):
      "there are no pictures" + (leftOut.isEmpty ? "" : " (\(leftOut))")
        + "; name a folder with a folder of pictures for each class"
    case .emptyClass(let name, let part):
      "the class \(name) has no pictures in \(part); add some, or remove its folder"
    case .classesDifferByCase(let one, let other):
      "the classes \(one) and \(other) differ only by case; put their pictures into one folder, or give "
        + "them different names"
    case .unknownClass(let name, let part, let known):
      "\(part) has pictures of the class \(name), of which there are none to learn from; the classes are "
        + Self.listed(known) + ": move or rename its folder"
    case .broken(let pictures, let total):
      "\(pictures.count) of \(total) pictures cannot be read ("
        + pictures.prefix(3).map(\.shortText).joined(separator: "; ")
        + (pictures.count > 3 ? "; …" : "")
        + "); mend or remove them, or leave them out with `skipsBroken`"
    case .noPicturesLeft(let broken):
      "all \(broken) pictures are broken; fetch them again"
    case .malformedTable(let line, let problem): "line \(line): \(problem)"
    case .damagedShard(let offset, let problem):
      "at byte \(offset): \(problem); make the shard again"
    case .unlabelled(let picture):
      "the picture \(picture) has no label; add one of its name that ends in .cls"
    case .tooLarge(let picture, let byteCount):
      "the picture \(picture) has \(byteCount) bytes; make it smaller than 4 GiB"
    case .changed(let picture):
      "the picture \(picture) has changed since the folder was listed; start again with `verifies`"
    case .unreadable(let picture, let problem):
      "the picture \(picture) cannot be read: \(problem); mend or remove it, or start again with "
        + "`verifies` and `skipsBroken`"
    case .cropLargerThanPicture(let crop, let resized):
      "pictures of \(resized) cannot give a part of \(crop); use a larger `resize` or a smaller "
        + "`imageShape`"
    case .noCorners(let crop):
      "no picture is larger than the images \(crop) once it is resized, so that its corners are all the "
        + "same; use a larger `resize`, or leave out `tenCrop`"
    case .tooManyPictures(let limit):
      "there are more than \(limit) pictures; use several data sets"
    }
  }

  private static func listed(_ names: [String]) -> String {
    names.prefix(8).joined(separator: ", ")
      + (names.count > 8 ? " and \(names.count - 8) more" : "")
  }
}
