/// How a parameter gets its first values.
public enum Initializer: Hashable, Codable, Sendable {
  /// He et al. 2015, https://arxiv.org/abs/1502.01852: variance 2 / fanIn.
  case heNormal
  case heUniform
  /// The same with the outputs that a unit feeds, `mode="fan_out"` of PyTorch: variance 2 / fanOut.
  case heNormalFanOut
  /// Glorot and Bengio 2010: variance 2 / (fanIn + fanOut).
  case xavierNormal
  case xavierUniform
  /// PyTorch's default for convolutions and linear layers: uniform in ±1/√fanIn, biases too.
  case uniformFanIn
  /// Uniform in ±factor / fanIn; LeNet-5 has 2.4 (LeCun et al. 1998, appendix A).
  case uniformOverFanIn(factor: Float)
  /// Normal with mean 0 and the given standard deviation.
  case normal(standardDeviation: Float)
  case constant(Float)
}
