/// How a parameter gets its first values.
public enum Initializer: Hashable, Codable, Sendable {
  /// He et al. 2015, https://arxiv.org/abs/1502.01852: variance 2 / fanIn.
  case heNormal
  case heUniform
  /// Glorot and Bengio 2010: variance 2 / (fanIn + fanOut).
  case xavierNormal
  case xavierUniform
  /// PyTorch's default for convolutions and linear layers: uniform in ±1/√fanIn, biases too.
  case uniformFanIn
  /// Normal with mean 0 and the given standard deviation.
  case normal(standardDeviation: Float)
  case constant(Float)
}
