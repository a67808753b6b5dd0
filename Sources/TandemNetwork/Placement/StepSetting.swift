/// What the load of a device depends on besides the placement.
package struct StepSetting: Hashable, Sendable {
  /// Images of the whole mini-batch, of all devices together.
  package var batchSize: Int
  /// The number of parts in which the layers placed `.model` compute a mini-batch, one after the
  /// other, so that the activations of one part only are in memory (Krizhevsky 2014,
  /// https://arxiv.org/abs/1404.5997, section 4: 1 is its scheme a, more are b and c).
  package var pieces: Int
  /// How many numbers the optimizer remembers for each parameter: 1 for momentum, 2 for Adam.
  package var optimizerStates: Int
  /// Nodes whose weight gradients travel as their factors, the layer's input and the gradient of
  /// its output for every image, where that is less.
  package var factoredNodes: Set<Int>

  package init(
    batchSize: Int, pieces: Int = 1, optimizerStates: Int = 1, factoredNodes: Set<Int> = []
  ) {
    precondition(batchSize >= 1 && pieces >= 1, "a step has images")
    self.batchSize = batchSize
    self.pieces = pieces
    self.optimizerStates = optimizerStates
    self.factoredNodes = factoredNodes
  }
}
