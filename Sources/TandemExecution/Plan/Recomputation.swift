import TandemNetwork

/// Which activations backward computes again, so that they need no memory between forward and
/// backward.
///
/// A batch normalization keeps its input anyway, and the convolution after it reads the output: the
/// same values, scaled, shifted and rectified. The sum at the end of a residual block follows from
/// such outputs, too, or from the inputs where our own kernels normalize and add in one pass.
/// Computed again by the same instructions they are the same to the last bit, so that no result
/// depends on what was chosen. It takes a pass over memory for each; the idea is that of Chen and
/// others (2016), https://arxiv.org/abs/1604.06174, applied only to what costs no convolution.
struct Recomputation {
  private let graph: NetworkGraph
  private let operators: [(any Operator)?]
  private let outputs: [Operand?]
  private let readers: [[Int]]
  /// What backward computes gradients of.
  private let wanted: Set<NetworkGraph.Source>

  /// - Parameters:
  ///   - operators: by node, after forward.
  ///   - outputs: what they put out, by node.
  ///   - wanted: what backward computes gradients of: the other layers have no backward pass.
  init(
    _ graph: NetworkGraph, operators: [(any Operator)?], outputs: [Operand?],
    wanted: Set<NetworkGraph.Source>
  ) {
    self.graph = graph
    self.wanted = wanted
    self.operators = operators
    self.outputs = outputs
    var readers: [[Int]] = Array(repeating: [], count: graph.nodes.count)
    for node in graph.nodes {
      for case .node(let index) in node.inputs { readers[index].append(node.index) }
    }
    self.readers = readers
  }

  /// Has backward compute as much again as it takes.
  func plan(mostActivationBytes: Int, _ builder: inout PlanBuilder) {
    var kept = keptBytes()
    for node in candidates() where kept > mostActivationBytes {
      guard let output = outputs[node] else { continue }
      builder.computeAgain(output, ofNode: node) { builder in try emit(node, &builder) }
      kept -= output.descriptor.byteCount
    }
  }

  // MARK: What backward reads

  /// Bytes of the activations that backward reads.
  private func keptBytes() -> Int {
    var buffers: Set<Buffer.ID> = []
    var bytes = 0
    for (node, output) in outputs.enumerated() {
      guard let output, isRead(node), buffers.insert(output.buffer).inserted else { continue }
      bytes += output.descriptor.byteCount
    }
    return bytes
  }

  private func isRead(_ node: Int) -> Bool {
    wanted.contains(.node(node)) && operators[node]?.backwardReadsOutput == true
      || readers[node].contains {
        wanted.contains(.node($0)) && graph.nodes[$0].layer.backwardReadsInput
      }
  }

  // MARK: What can be computed again

  /// The cheapest per byte first: a normalization reads once what it writes, a sum twice and
  /// normalizes before.
  private func candidates() -> [Int] {
    let nodes = graph.nodes.indices.filter(isCandidate)
    return nodes.sorted {
      let (first, second) = (cost($0), cost($1))
      return first.isSum == second.isSum ? first.bytes > second.bytes : second.isSum
    }
  }

  private func cost(_ node: Int) -> (isSum: Bool, bytes: Int) {
    (maker(of: node) is AdditionOperator, outputs[node]?.descriptor.byteCount ?? 0)
  }

  /// Outputs that convolutions read: those ask for what is computed again.
  private func isCandidate(_ node: Int) -> Bool {
    guard isKeptForConvolutions(node) else { return false }
    switch maker(of: node) {
    case is BatchNormOperator: return true
    case let addition as AdditionOperator:
      return addition.sources.allSatisfy { source in
        guard case .node(let term) = source else { return true }
        return isOnlyNormalized(term) || isKeptForConvolutions(term)
      }
    default: return false
    }
  }

  private func isKeptForConvolutions(_ node: Int) -> Bool {
    let takers = readers[node].filter { operators[$0]?.takesInputComputedAgain == true }
    return !takers.isEmpty
      && readers[node].allSatisfy { takers.contains($0) || operators[$0] is AdditionOperator }
  }

  /// A term of one sum and nothing else, whose place the sum may have taken.
  private func isOnlyNormalized(_ node: Int) -> Bool {
    readers[node].count == 1 && maker(of: node) is BatchNormOperator
  }

  /// The operator that computes what a node puts out: that of the node, or of the one before an
  /// activation that is computed along.
  private func maker(of node: Int) -> (any Operator)? {
    guard graph.nodes[node].layer is any ActivationLayer else { return operators[node] }
    guard case .node(let index) = graph.nodes[node].inputs[0], readers[index].count == 1 else {
      return nil
    }
    switch operators[index] {
    case let normalization as BatchNormOperator where normalization.hasActivation:
      return normalization
    case let addition as AdditionOperator where addition.hasActivation: return addition
    default: return nil
    }
  }

  // MARK: Instructions

  private func emit(_ node: Int, _ builder: inout PlanBuilder) throws -> Operand {
    switch maker(of: node) {
    case let normalization as BatchNormOperator: return try normalization.emitAgain(&builder)
    case let addition as AdditionOperator:
      var overwritable: Int?
      var terms: [Operand] = []
      for source in addition.sources {
        if addition.computesAlong(terms.count) {
          terms.append(addition.inputs[terms.count])
        } else if case .node(let term) = source, isOnlyNormalized(term) {
          overwritable = terms.count
          terms.append(try emit(term, &builder))
        } else {
          terms.append(try builder.inBackward(addition.inputs[terms.count], of: source))
        }
      }
      return try addition.emitAgain(terms, overwriting: overwritable, &builder)
    default: preconditionFailure("only candidates are computed again")
    }
  }
}
