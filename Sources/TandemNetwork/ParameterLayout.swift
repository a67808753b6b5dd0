import TandemTensor

/// Where each parameter lives in one arena of float32: in the order in which backward finishes the
/// gradients (last layer first), so that whatever is ready to be exchanged is a prefix. Running
/// statistics, which follow no gradient, come after all that is trained, and frozen parameters,
/// which do not change at all, after those: so gradients end before them (`changing`). Elements are
/// in PyTorch's plain order, `[O, I, KH, KW]`.
public struct ParameterLayout: Hashable, Sendable {
  /// Every parameter starts at a cache line.
  public static let alignmentElements = 16

  /// The entries in arena order: trained parameters, then running statistics, then what is frozen.
  public let entries: [Entry]
  /// Elements of the whole arena, padding included.
  public let elementCount: Int
  /// Where the running statistics begin; `changingElementCount` if there are none.
  public let trainedElementCount: Int
  /// Where the frozen parameters begin; `elementCount` if there are none.
  public let changingElementCount: Int

  public struct Entry: Hashable, Sendable {
    /// The node's path and the parameter's name: `conv1.weight`.
    public let name: String
    public let nodeIndex: Int
    public let parameter: Parameter
    /// The first element in the arena.
    public let offset: Int

    public var elementCount: Int { parameter.shape.elementCount }
    public var range: Range<Int> { offset..<(offset + elementCount) }
    /// A part of the parameter as if it were one of its own: for what computes a layer in parts.
    package func part(
      named name: String, shape: Shape, offset: Int, nodeIndex: Int? = nil
    ) -> Entry {
      Entry(
        name: name, nodeIndex: nodeIndex ?? self.nodeIndex,
        parameter: Parameter(
          parameter.name, shape: shape, initializer: parameter.initializer,
          fanIn: parameter.fanIn, fanOut: parameter.fanOut, role: parameter.role),
        offset: offset)
    }
    public var isTrained: Bool { parameter.role == .trained }
  }

  init(nodes: [NetworkGraph.Node]) {
    var entries: [Entry] = []
    var offset = 0
    func append(_ isWanted: (Parameter) -> Bool) {
      for node in nodes.reversed() {
        for parameter in node.parameters where isWanted(parameter) {
          entries.append(
            Entry(
              name: "\(node.name).\(parameter.name)", nodeIndex: node.index, parameter: parameter,
              offset: offset))
          let alignment = Self.alignmentElements
          offset += (parameter.shape.elementCount + alignment - 1) / alignment * alignment
        }
      }
    }
    append { $0.role == .trained }
    trainedElementCount = offset
    append { $0.role != .trained && $0.role != .frozen }
    changingElementCount = offset
    append { $0.role == .frozen }
    self.entries = entries
    self.elementCount = offset
  }

  /// The same arena where only some entries are in use, or parts of them.
  init(entries: [Entry], of whole: ParameterLayout) {
    self.entries = entries
    elementCount = whole.elementCount
    trainedElementCount = whole.trainedElementCount
    changingElementCount = whole.changingElementCount
  }

  /// The beginning of an arena, with only some trained entries in use.
  init(entries: [Entry], gradientsUpTo elementCount: Int) {
    self.entries = entries
    self.elementCount = elementCount
    trainedElementCount = elementCount
    changingElementCount = elementCount
  }

  /// The beginning of the arena, which steps change: what there are gradients, or statistics in
  /// their place, of.
  package var changing: ParameterLayout {
    changingElementCount == elementCount ? self : ParameterLayout(changingOf: self)
  }

  private init(changingOf whole: ParameterLayout) {
    entries = whole.entries.filter { $0.parameter.role != .frozen }
    elementCount = whole.changingElementCount
    trainedElementCount = whole.trainedElementCount
    changingElementCount = whole.changingElementCount
  }

  /// The entries that follow a gradient, in arena order.
  public var trainedEntries: ArraySlice<Entry> { entries.prefix { $0.isTrained } }

  /// The entries that follow a statistic, in arena order.
  public var statisticEntries: ArraySlice<Entry> {
    entries[trainedEntries.endIndex...].prefix { $0.parameter.role != .frozen }
  }

  /// The entries that do not change, in arena order.
  public var frozenEntries: ArraySlice<Entry> { entries[statisticEntries.endIndex...] }

  /// Trainable parameters; padding, running statistics and frozen ones are left out.
  public var trainableParameters: Int { trainedEntries.reduce(0) { $0 + $1.elementCount } }

  public func entries(ofNode index: Int) -> [Entry] { entries.filter { $0.nodeIndex == index } }
}
