import TandemNetwork

/// Where a network's parameters are, and what the learning rates of those that are trained are
/// multiplied with.
package struct TrainedLayout: Hashable, Sendable {
  package let layout: ParameterLayout
  package let rates: ParameterRates

  package init(_ layout: ParameterLayout, rates: ParameterRates = .common) {
    self.layout = layout
    self.rates = rates
  }
}
