/// Which images of a mini-batch a mesh's devices have; where they cannot be divided evenly, the
/// first ones have one more.
package struct ImageDivision: Hashable, Sendable {
  package let mesh: Mesh
  /// Images of the whole mini-batch.
  package let batchSize: Int

  package init(_ mesh: Mesh, batchSize: Int) {
    precondition(batchSize >= 0, "a negative number of images")
    self.mesh = mesh
    self.batchSize = batchSize
  }

  /// Images of a data part.
  package func images(ofPart part: Int) -> Int { Self.share(batchSize, part, of: mesh.data) }

  /// Images that a device of a model group has to itself where a layer is placed `.data`.
  /// - Parameter member: 0 ..< `mesh.model`
  package func images(ofPart part: Int, member: Int) -> Int {
    Self.share(images(ofPart: part), member, of: mesh.model)
  }

  private static func share(_ count: Int, _ index: Int, of parts: Int) -> Int {
    count / parts + (index < count % parts ? 1 : 0)
  }
}
