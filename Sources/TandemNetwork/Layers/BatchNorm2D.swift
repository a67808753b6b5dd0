import TandemTensor

/// Batch normalization: each channel is shifted and scaled to mean 0 and variance 1, then by a
/// trained weight and bias; `[C, H, W]` → `[C, H, W]` (Ioffe and Szegedy 2015,
/// https://arxiv.org/abs/1502.03167, algorithms 1 and 2):
///
///     y = (x - mean) / √(variance + ε) · weight + bias
///
/// In training, mean and variance are those of the images at hand, over all their pixels; at
/// inference they are running means of what training has seen, kept as `running_mean` and
/// `running_var`: running = (1 - momentum)·running + momentum·statistic, the variance by n - 1, as
/// PyTorch has it: https://docs.pytorch.org/docs/2.13/generated/torch.nn.BatchNorm2d.html
///
/// The images at hand are those of a logical shard, as each process of PyTorch's
/// `DistributedDataParallel` normalises its own; with `acrossShards` those of the mini-batch.
/// Running statistics follow the mean over the shards and mini-batches of a step, by their images.
public struct BatchNorm2D: Layer {
  public static let kind = "batch-norm"
  public static let namePrefix = "bn"

  /// ε, above 0.
  public var epsilon: Float
  /// What a step's statistics count in the running ones, in 0…1.
  public var momentum: Float
  /// Whether statistics are taken over all logical shards of a mini-batch
  /// (`torch.nn.SyncBatchNorm`). Each shard then needs a worker of its own.
  public var acrossShards: Bool

  public init(epsilon: Float = 1e-5, momentum: Float = 0.1, acrossShards: Bool = false) {
    self.epsilon = epsilon
    self.momentum = momentum
    self.acrossShards = acrossShards
  }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(inputs)
    try requireMaps(input)
    guard epsilon > 0, epsilon.isFinite else {
      throw LayerError("epsilon \(epsilon) must be finite and above 0")
    }
    guard (0...1).contains(momentum) else {
      throw LayerError("momentum \(momentum) is outside 0…1")
    }
    return input
  }

  /// `weight`, `bias`, `running_mean` and `running_var`, `[C]` each.
  public func parameters(for inputs: [Shape]) -> [Parameter] {
    let channels = inputs[0][0]
    func parameter(_ name: String, _ first: Float, _ role: Parameter.Role) -> Parameter {
      Parameter(
        name, shape: [channels], initializer: .constant(first), fanIn: 1, fanOut: 1, role: role)
    }
    return [
      parameter("weight", 1, .trained),
      parameter("bias", 0, .trained),
      parameter("running_mean", 0, .runningStatistic(momentum: momentum)),
      parameter("running_var", 1, .runningStatistic(momentum: momentum)),
    ]
  }

  public var needsWholeBatch: Bool { true }
  public var sumsAcrossShards: Bool { acrossShards }
  public var backwardReadsInput: Bool { true }

  public func summing(acrossShards: Bool) -> BatchNorm2D? {
    var layer = self
    layer.acrossShards = acrossShards
    return layer
  }

  public func frozen(passesGradient: Bool) -> (any Layer)? {
    FrozenBatchNorm2D(base: self, passesGradient: passesGradient)
  }

  public var description: String {
    var arguments: [String] = []
    if epsilon != 1e-5 { arguments.append("epsilon: \(epsilon)") }
    if momentum != 0.1 { arguments.append("momentum: \(momentum)") }
    if acrossShards { arguments.append("acrossShards: true") }
    return "BatchNorm2D(\(arguments.joined(separator: ", ")))"
  }
}
