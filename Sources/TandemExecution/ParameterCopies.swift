import TandemTensor

/// Memory for the copies of parameters in the formats that a plan's instructions want, which
/// several replicas of the plan share: they make the copies together, each a part of them.
///
/// Safe to share: a part is written by the replica that makes it (`Replica.prepareCopies`), and no
/// replica reads any before the caller has made sure that all parts are made.
package final class ParameterCopies: Sendable {
  let plan: Plan
  let arena: MemoryArena

  /// What one replica makes of them.
  package struct Part: Sendable {
    package let copies: ParameterCopies
    package let number: Int
    package let parts: Int

    package init(_ copies: ParameterCopies, number: Int, of parts: Int) {
      self.copies = copies
      self.number = number
      self.parts = parts
    }
  }

  /// - Throws: `MemoryError.outOfMemory`.
  package init(for plan: Plan) throws {
    self.plan = plan
    arena = try MemoryArena(
      byteCount: plan.parameterCopyBytes, purpose: "copies of the parameters in other formats",
      use: .parameters)
  }
}

extension Plan {
  /// The instructions that make one of several parts of the copies: those of consecutive nodes,
  /// with nearly as many bytes as the other parts. A node's own ones build on each other.
  func copies(part: Int, of parts: Int) -> [Int] {
    func bytes(_ index: Int) -> Int {
      prepare[index].writes.reduce(0) { $0 + buffers[$1.index].byteCount }
    }
    let nodes = Dictionary(grouping: prepare.indices, by: { prepare[$0].node })
    let total = prepare.indices.reduce(0) { $0 + bytes($1) }
    var before = 0
    var chosen: [Int] = []
    for (_, instructions) in nodes.sorted(by: { $0.key < $1.key }) {
      if before * parts / max(1, total) == part { chosen += instructions }
      before += instructions.reduce(0) { $0 + bytes($1) }
    }
    return chosen
  }
}
