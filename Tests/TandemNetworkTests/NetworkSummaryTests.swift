import Foundation
import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

@Suite struct NetworkSummaryTests {
  @Test func tableOfAChain() throws {
    let summary = NetworkSummary(try Zoo.network(named: "simple-convnet").graph())
    #expect(
      summary.table() == """
        simple-convnet, input [N, 1, 28, 28]
        Layer (kind)       Output shape     Parameters  Multiply-adds
        ─────────────────────────────────────────────────────────────
        conv1 (Conv2D)     [N, 30, 24, 24]         780        432,000
        relu1 (ReLU)       [N, 30, 24, 24]           0              0
        pool1 (MaxPool2D)  [N, 30, 12, 12]           0              0
        dense1 (Dense)     [N, 100]            432,100        432,000
        relu2 (ReLU)       [N, 100]                  0              0
        dense2 (Dense)     [N, 10]               1,010          1,000
        ─────────────────────────────────────────────────────────────
        Trainable parameters:        433,890
        Multiply-adds per image:     865,000
        Activation memory per image: 152.70 KiB
        Parameter memory:            1.66 MiB
        """)
  }

  @Test func tableOfBranchesSaysWhatEachLayerReads() throws {
    let summary = NetworkSummary(
      try Network("branches", input: [2, 3, 3]) {
        Residual { Conv2D(2, kernel: 1, bias: false) }
      }.graph())
    #expect(
      summary.table() == """
        branches, input [N, 2, 3, 3]
        Layer (kind)              Output shape  Parameters  Multiply-adds  Reads
        ─────────────────────────────────────────────────────────────────────────────────────────
        residual1.conv1 (Conv2D)  [N, 2, 3, 3]           4             36  input
        residual1 (Addition)      [N, 2, 3, 3]           0              0  residual1.conv1, input
        ─────────────────────────────────────────────────────────────────────────────────────────
        Trainable parameters:        4
        Multiply-adds per image:     36
        Activation memory per image: 144 bytes
        Parameter memory:            16 bytes
        """)
  }

  @Test func figures() throws {
    let summary = NetworkSummary(try Zoo.network(named: "lenet").graph())
    #expect(summary.trainableParameters == 61_706)
    #expect(summary.parameterBytes == 246_824)
    // 28·28·25·6 + 10·10·150·16 + 400·120 + 120·84 + 84·10
    #expect(summary.multiplyAdds == 117_600 + 240_000 + 48_000 + 10_080 + 840)
    // 2·4704 + 1176 + 2·1600 + 400 + 2·120 + 2·84 + 10 elements
    #expect(summary.activationBytes == 4 * 14_602)
    #expect(summary.layers.map(\.parameters).reduce(0, +) == 61_706)
  }

  @Test func jsonHasFullWordsInCamelCase() throws {
    let summary = NetworkSummary(
      try Network("tiny", input: [2]) { Dense(3) }.graph())
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    #expect(
      String(decoding: try encoder.encode(summary), as: UTF8.self)
        == #"{"activationBytes":12,"inputShape":[2],"layers":[{"inputs":["input"],"#
        + #""isAuxiliary":false,"kind":"Dense","multiplyAdds":6,"name":"dense1","outputShape":[3],"#
        + #""parameters":9}],"multiplyAdds":6,"name":"tiny","outputShape":[3],"parameterBytes":36,"#
        + #""parametersWithoutAuxiliaryHeads":9,"stages":[],"trainableParameters":9}"#)
  }

  /// Running statistics are stored with the parameters, but not trained.
  @Test func onlyTrainableParametersCount() throws {
    let summary = NetworkSummary(
      try Network("normalised", input: [2, 3, 3]) {
        BatchNorm2D()
        Dense(1)
      }.graph())
    #expect(summary.layers.map(\.parameters) == [4, 19])
    #expect(summary.trainableParameters == 23)
  }

  @Test func auxiliaryHeadsCountAsParametersOnly() throws {
    let summary = NetworkSummary(
      try Network("heads", input: [4]) {
        Dense(3)
        Auxiliary(weight: 0.5) { Dense(2) }
        Dense(2)
      }.graph())
    #expect(summary.trainableParameters == 15 + 8 + 8)
    #expect(summary.parametersWithoutAuxiliaryHeads == 15 + 8)
    #expect(summary.multiplyAdds == 12 + 6)
    #expect(summary.layers.map(\.isAuxiliary) == [false, true, false])
    let lines = summary.table().split(separator: "\n")
    #expect(
      lines.contains("Trainable parameters:        31 (23 without the auxiliary heads)"))
    #expect(lines.contains("Multiply-adds per image:     18 (without the auxiliary heads)"))
  }
}
