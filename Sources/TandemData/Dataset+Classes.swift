extension Dataset {
  /// The classes that none of the images shows, in ascending order: nothing can be learned of them.
  public func classesWithoutImages() -> [Int] {
    var isThere = [Bool](repeating: false, count: classNames.count)
    for index in 0..<count { isThere[Int(label(index))] = true }
    return isThere.indices.filter { !isThere[$0] }
  }
}
