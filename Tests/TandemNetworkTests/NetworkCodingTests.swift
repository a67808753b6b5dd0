import Foundation
import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

@Suite struct NetworkCodingTests {
  static let everything = Network("everything", input: [4, 16, 16]) {
    Conv2D(
      8, kernel: Size2D(height: 3, width: 5), stride: 2,
      padding: .explicit(top: 0, bottom: 1, left: 2, right: 3), groups: 2, bias: false,
      weightInitializer: .normal(standardDeviation: 0.01), biasInitializer: .constant(0.5)
    ).named("first")
    Conv2D(8, kernel: 3, padding: .same, weightInitializer: .heNormal)
    MaxPool2D(3, stride: 1, padding: 1, ceilMode: true)
    AveragePool2D(2, stride: 1, countIncludesPadding: false)
    Block("stem") {
      ReLU()
      Tanh()
      Sigmoid()
    }
    Concat("mixed") {
      Branch { Conv2D(3, kernel: 1, weightInitializer: .xavierUniform) }
      Branch("pooled") { Dropout(0.25) }
    }
    Residual("0", shortcutName: "downsample") {
      ReLU()
    } shortcut: {
      Tanh()
    }
    Residual { ReLU() }
    Concat {
      Branch { GlobalAveragePool2D() }
      Branch {
        Flatten()
        Dense(3, bias: false, weightInitializer: .heUniform)
      }
    }
    Dense(10, weightInitializer: .xavierNormal, biasInitializer: .constant(0))
    Softmax()
  }

  private func roundTrip(_ network: Network) throws -> Network {
    try JSONDecoder().decode(Network.self, from: JSONEncoder().encode(network))
  }

  @Test func everythingComesBackEqual() throws {
    let copy = try roundTrip(Self.everything)
    #expect(copy == Self.everything)
    #expect(copy.hashValue == Self.everything.hashValue)
    #expect(copy.description == Self.everything.description)
    #expect(
      try copy.graph().nodes.map(\.outputShape) == Self.everything.graph().nodes.map(\.outputShape))
  }

  @Test(arguments: Zoo.models.map(\.name)) func theZooComesBackEqual(name: String) throws {
    let network = try Zoo.network(named: name)
    #expect(try roundTrip(network) == network)
  }

  @Test func theTextOfAFile() throws {
    let network = Network("small", input: [1, 8, 8]) {
      MaxPool2D(2, padding: 1).named("first")
      ReLU()
      Residual { Dropout(0.5) }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = String(decoding: try encoder.encode(network), as: UTF8.self)
    #expect(
      text == #"{"input":[1,8,8],"layers":["#
        + #"{"ceilMode":false,"kernel":[2,2],"kind":"max-pool","name":"first","#
        + #""padding":[1,1,1,1],"stride":[2,2]},"#
        + #"{"kind":"relu"},"#
        + #"{"kind":"residual","layers":[{"kind":"dropout","rate":0.5}],"shortcut":[],"#
        + #""shortcutName":"shortcut"}],"name":"small"}"#)
  }

  @Test func differentNetworksAreDifferent() {
    let base = Network("a", input: [1, 8, 8]) { Conv2D(3, kernel: 3) }
    #expect(base != Network("b", input: [1, 8, 8]) { Conv2D(3, kernel: 3) })
    #expect(base != Network("a", input: [2, 8, 8]) { Conv2D(3, kernel: 3) })
    #expect(base != Network("a", input: [1, 8, 8]) { Conv2D(3, kernel: 3, padding: 1) })
    #expect(base != Network("a", input: [1, 8, 8]) { Conv2D(3, kernel: 3).named("x") })
    #expect(base != Network("a", input: [1, 8, 8]) { MaxPool2D(3) })
    #expect(base == Network("a", input: [1, 8, 8]) { Conv2D(3, kernel: 3) })
  }

  private func decodingError(_ layer: String) -> String {
    let text = #"{"name":"a","input":[1,8,8],"layers":["# + layer + "]}"
    do {
      _ = try JSONDecoder().decode(Network.self, from: Data(text.utf8))
      return "no error"
    } catch DecodingError.dataCorrupted(let context) {
      return context.debugDescription
    } catch DecodingError.keyNotFound(let key, _) {
      return "no \(key.stringValue)"
    } catch {
      return "\(error)"
    }
  }

  @Test func badFiles() {
    #expect(
      decodingError(#"{"kind":"convolve"}"#)
        == "there is no layer of the kind \"convolve\"; known are conv, dense, max-pool, "
        + "average-pool, global-average-pool, adaptive-average-pool, trainable-subsampling, relu, tanh, "
        + "scaled-tanh, sigmoid, softmax, batch-norm, local-response-norm, dropout, flatten, "
        + "concatenation, addition, zero-padded-shortcut, connected-conv, radial-basis")
    #expect(decodingError(#"{"kind":"dropout"}"#) == "no rate")
    #expect(decodingError(#"{"name":"a"}"#) == "no kind")
    #expect(
      decodingError(
        #"{"kind":"max-pool","ceilMode":false,"kernel":[2,2],"stride":[2,2],"padding":[1,1]}"#)
        == "padding is \"valid\", \"same\" or [top, bottom, left, right]")
    #expect(
      decodingError(
        #"{"kind":"max-pool","ceilMode":false,"kernel":[2,2,2],"stride":[2,2],"padding":"same"}"#)
        == "a size is [height, width]")
  }

  @Test func kindsAreUnique() {
    let kinds = LayerKinds.all.map { $0.kind }
    #expect(Set(kinds).count == kinds.count)
    #expect(Set(kinds).isDisjoint(with: ["block", "concat", "residual"]))
  }
}
