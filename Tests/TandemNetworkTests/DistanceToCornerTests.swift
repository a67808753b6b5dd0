import TandemNetwork
import TandemReference
import TandemTensor
import Testing

/// How near a network is to a branch that would go the other way.
@Suite struct DistanceToCornerTests {
  private func distance(
    _ network: Network, images: [Double], count: Int = 1
  ) throws -> Double {
    let reference = ReferenceNetwork(try network.graph())
    let outputs = reference.forward(images: images, count: count, parameters: [:])
    return reference.distanceToCorner(
      images: images, count: count, parameters: [:], outputs: outputs)
  }

  @Test func smoothNetworkHasNone() throws {
    let network = Network("smooth", input: [1, 2, 2]) {
      Tanh()
      AveragePool2D(2)
    }
    #expect(try distance(network, images: [0, 1, 2, 3]) == .infinity)
  }

  @Test func reluIsAsNearAsItsSmallestInput() throws {
    let network = Network("relu", input: [1, 2, 2]) { ReLU() }
    #expect(try distance(network, images: [3, -0.25, 1, 2]) == 0.25)
    #expect(try distance(network, images: [3, 1, 1, 2, 1, 1, -0.125, 4], count: 2) == 0.125)
  }

  @Test func maximumIsHalfOfTheGapBelowIt() throws {
    let network = Network("max", input: [1, 2, 4]) { MaxPool2D(2) }
    // Windows {1, 2, 5, 6} and {3, 9, 7, 8}: gaps of 1.
    #expect(try distance(network, images: [1, 2, 3, 9, 5, 6, 7, 8]) == 0.5)
  }

  @Test func zerosBehindReLUAreNoTie() throws {
    let network = Network("relu-max", input: [1, 2, 2]) {
      ReLU()
      MaxPool2D(2)
    }
    #expect(try distance(network, images: [-1, -2, -3, -4]) == 1)
  }

  @Test func theNearestOfAllLayersCounts() throws {
    let network = Network("both", input: [1, 2, 2]) {
      ReLU()
      MaxPool2D(2)
    }
    // The window {2, 2.5} is nearer to a change than any input to 0.
    #expect(try distance(network, images: [2, 2.5, -3, -4]) == 0.25)
  }
}
