/// A side branch that ends in an output of its own, whose loss is added while the network is
/// trained (Szegedy et al. 2014, https://arxiv.org/abs/1409.4842); at inference it is left out.
///
/// ```swift
/// Auxiliary("aux1", weight: 0.3) {
///   AveragePool2D(5, stride: 3)                                   // aux1.pool1
///   Dense(1000)                                                   // aux1.dense1
/// }
/// ```
///
/// What follows it reads the same input as the branch. Its output has the shape of the network's.
public struct Auxiliary: NetworkComponent, Hashable {
  public let element: NetworkElement

  /// - Parameters:
  ///   - name: automatic (`auxiliary1`) if nil.
  ///   - weight: what its loss is multiplied with, above 0.
  public init(
    _ name: String? = nil, weight: Float, @NetworkBuilder _ content: () -> [NetworkElement]
  ) {
    element = NetworkElement(name: name, .auxiliary(content(), weight: weight))
  }
}
