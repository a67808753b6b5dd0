/// Layers with a placement of their own, whatever the parallelism of the run, for experiments with
/// how a network is spread over devices:
///
/// ```swift
/// Placed(.model) {
///   Dense(4096).named("fc6")
/// }
/// ```
///
/// It adds neither a node nor a scope of names.
public struct Placed: NetworkComponent, Hashable {
  public let element: NetworkElement

  public init(_ placement: Placement, @NetworkBuilder _ content: () -> [NetworkElement]) {
    element = NetworkElement(.placed(placement, content()))
  }
}
