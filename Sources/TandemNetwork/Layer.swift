import TandemTensor

/// The description of one layer: a small value that knows its hyper-parameters and what they imply
/// for shapes and parameters, and nothing about memory, threads or libraries.
///
/// All shapes here are without the batch axis: `[C, H, W]` for maps, `[F]` for features.
public protocol Layer: NetworkComponent, Hashable, Codable, Sendable, CustomStringConvertible {
  /// The layer's name in files, in lower case and unique: `conv`, `max-pool`.
  static var kind: String { get }

  /// What automatic node names start with: `pool` gives `pool1`, `pool2`. The kind unless declared.
  static var namePrefix: String { get }

  /// The shape of the output for the given input shapes (one, except for layers that join
  /// branches).
  /// - Throws: `LayerError`, which the graph completes with the layer's path.
  func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape

  /// The parameters, and what else is kept with them in weight files, named and laid out as PyTorch
  /// does; called only with input shapes that `outputShape` accepted.
  func parameters(for inputs: [Shape]) -> [Parameter]

  /// Multiply-add pairs of one image's forward pass in convolutions and dense layers; 0 elsewhere.
  func multiplyAdds(for inputs: [Shape]) -> Int

  /// How papers' tables of stages write the layer; nil for what they leave out, as activations.
  var notation: LayerNotation? { get }

  /// The output channels that a device of several computes if it has some channels of each input:
  /// those for which it needs no others. nil for a layer that is cut afresh, into equal slices,
  /// such as a convolution. (`Placement.model`; the default is for layers that work channel by
  /// channel.)
  func outputChannels(keeping held: [ChannelSet], inputs: [Shape]) -> ChannelSet?

  /// The channels of each input that some output channels are computed from.
  func inputChannels(for outputs: ChannelSet, inputs: [Shape]) -> [ChannelSet]

  /// Why the layer cannot be cut into `parts` equal slices of output channels, and what to do; nil
  /// if it can, as far as the number of output channels allows.
  func slicingProblem(parts: Int, inputs: [Shape]) -> String?

  /// The rows of a parameter, along its first axis, that belong to some output channels.
  func parameterRows(for outputs: ChannelSet, of parameter: Parameter) -> ChannelSet

  /// The layer that computes only some output channels, from `inputChannels(for:inputs:)`; nil
  /// where that is no layer of the same kind.
  func slice(_ outputs: ChannelSet, inputs: [Shape]) -> Self?

  // What others need to know about the layer; the defaults are for layers that are none of this.

  /// Whether each image's output depends on the other images of its logical shard, so that all of
  /// them are computed at once.
  var needsWholeBatch: Bool { get }

  /// Whether it sums numbers over all logical shards of a mini-batch in the midst of a step.
  var sumsAcrossShards: Bool { get }

  /// The same layer with its statistics taken over all logical shards of a mini-batch, or over each
  /// on its own; nil for layers without statistics.
  func summing(acrossShards: Bool) -> Self?

  /// What the layer is while all its parameters are frozen, where that is another layer: one that
  /// leaves its statistics as they are. nil for layers that only have nothing to learn then.
  /// - Parameter passesGradient: whether something before it is trained.
  func frozen(passesGradient: Bool) -> (any Layer)?

  /// The layer in networks that are looked into by guided gradients, where that is another one: a
  /// ReLU lets only positive ones through.
  var guided: (any Layer)? { get }

  /// The same layer with another number of output channels or features; nil for layers to whom
  /// their input says it.
  func withOutputs(_ count: Int) -> Self?

  /// Whether the output takes the place of the input, so that it needs no memory of its own.
  var worksInPlace: Bool { get }

  /// Whether it draws random numbers while training, see `DropoutContext`.
  var drawsRandomNumbers: Bool { get }

  /// Whether backward reads the input.
  var backwardReadsInput: Bool { get }

  /// The parameter `[O, I]` whose gradient of one image is the product of a column and a row; nil
  /// if there is none.
  var factoredParameter: String? { get }

  /// Where hybrid parallelism places the layer (Krizhevsky 2014, https://arxiv.org/abs/1404.5997).
  var hybridPlacement: Placement { get }

  /// What the outputs mean to a loss; nil for numbers of any kind.
  var outputMeaning: OutputMeaning? { get }
}

extension Layer {
  public static var namePrefix: String { kind }
  public func parameters(for inputs: [Shape]) -> [Parameter] { [] }
  public func multiplyAdds(for inputs: [Shape]) -> Int { 0 }
  public var notation: LayerNotation? { nil }
  public var needsWholeBatch: Bool { false }
  public var sumsAcrossShards: Bool { false }
  public func summing(acrossShards: Bool) -> Self? { nil }
  public func frozen(passesGradient: Bool) -> (any Layer)? { nil }
  public var guided: (any Layer)? { nil }
  public func withOutputs(_ count: Int) -> Self? { nil }
  public var worksInPlace: Bool { false }
  public var drawsRandomNumbers: Bool { false }
  public var backwardReadsInput: Bool { false }
  public var factoredParameter: String? { nil }
  public var hybridPlacement: Placement { .data }
  public var outputMeaning: OutputMeaning? { nil }
  public var element: NetworkElement { NetworkElement(.layer(AnyLayer(self))) }
}
