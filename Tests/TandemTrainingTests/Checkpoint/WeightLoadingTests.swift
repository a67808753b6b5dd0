import TandemNetwork
import TandemTensor
import TandemTraining
import TestSupport
import Testing

@Suite("Weights that fit, in part or not at all")
struct WeightLoadingTests {
  private let data = quartersPair(train: 80, test: 37)
  private let weight = Tensor(repeating: 1, shape: [4, 64])
  private let bias = Tensor(repeating: 2, shape: [4])

  /// `layer1.weight` … `layer7.bias`
  private let deepNetwork = Network("deep", input: [1, 8, 8]) {
    for index in 1...7 { Dense(4).named("layer\(index)") }
  }

  private let remedy =
    "use the network they were made with, or take those that fit with `strict: false`"

  private func values(_ trainer: Trainer, _ name: String) -> [Float]? {
    trainer.parameters.first { $0.name == name }?.tensor.elements
  }

  @Test("weights that do not fit are refused with all differences and change nothing")
  func wrongWeights() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/w.safetensors"
      let trainer = try makeTrainer(linearNetwork, data)
      let before = bits(trainer)
      let turned = Tensor(repeating: 1, shape: [64, 4])
      let problems: [([String: Tensor], String)] = [
        (["fc.weight": weight], "missing: fc.bias"),
        (
          ["fc.weight": turned, "fc.bias": bias],
          "mis-shaped: fc.weight [64, 4] instead of [4, 64]"
        ),
        (["fc.weight": weight, "fc.bias": bias, "fc2.bias": bias], "extra: fc2.bias"),
        (
          ["fc.weight": turned, "b\n": bias, "a": bias],
          #"missing: fc.bias; extra: a, "b\u{A}"; mis-shaped: fc.weight [64, 4] instead of [4, 64]"#
        ),
      ]
      for (tensors, problem) in problems {
        try SafeTensorsFile(tensors: tensors).write(to: path)
        #expect(
          throws: TrainingError.weightsDoNotFit(
            path: path, network: "linear", problem: problem, remedy: remedy)
        ) { try trainer.loadWeights(path) }
      }
      #expect(bits(trainer) == before)
      #expect(throws: FileError.self) { try trainer.loadWeights(folder + "/missing") }
    }
  }

  @Test("of many differences the first five are listed, in the order of the network")
  func longLists() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/w.safetensors"
      var tensors: [String: Tensor] = [:]
      for index in 1...6 { tensors["other\(index)"] = bias }
      try SafeTensorsFile(tensors: tensors).write(to: path)
      let trainer = try makeTrainer(deepNetwork, data)
      #expect(
        throws: TrainingError.weightsDoNotFit(
          path: path, network: "deep",
          problem: "missing: layer1.weight, layer1.bias, layer2.weight, layer2.bias, layer3.weight "
            + "and 9 more; extra: other1, other2, other3, other4, other5 and 1 more",
          remedy: remedy)
      ) { try trainer.loadWeights(path) }
    }
  }

  @Test("what fits is taken where that is asked for, and the rest is warned of")
  func partlyFitting() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/w.safetensors"
      try SafeTensorsFile(tensors: [
        "layer1.weight": weight, "layer1.bias": Tensor(repeating: 1, shape: [3]),
        "layer2.bias": bias, "fc.bias": bias,
      ]).write(to: path)
      let trainer = try makeTrainer(deepNetwork, data)
      let fresh = try makeTrainer(deepNetwork, data)
      let before = trainer.warnings
      try trainer.loadWeights(path, strict: false)
      for (name, tensor) in fresh.parameters {
        let expected =
          switch name {
          case "layer1.weight": weight.elements
          case "layer2.bias": bias.elements
          default: tensor.elements
          }
        #expect(values(trainer, name) == expected, "\(name)")
      }
      #expect(
        trainer.warnings.dropFirst(before.count) == [
          "\(path) has nothing for these parameters of deep, which keep their first values: "
            + "layer2.weight, layer3.weight, layer3.bias, layer4.weight, layer4.bias and 6 more",
          "\(path) has tensors that deep has no parameters for, which are left out: fc.bias",
          "\(path) has tensors of other shapes than deep, whose parameters keep their first values: "
            + "layer1.bias [3] instead of [4]",
        ])
      _ = try trainer.run()
    }
  }

  @Test("weights of which nothing fits are refused also then")
  func nothingFits() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/w.safetensors"
      try SafeTensorsFile(tensors: ["fc.weight": bias, "other": bias]).write(to: path)
      let trainer = try makeTrainer(linearNetwork, data)
      let before = bits(trainer)
      #expect(
        message { try trainer.loadWeights(path, strict: false) }?.contains(
          "none fits; missing: fc.bias; extra: other; mis-shaped: fc.weight [4] instead of [4, 64]")
          == true)
      #expect(bits(trainer) == before)
    }
  }

  @Test("weights that fit altogether give no warning", arguments: [true, false])
  func allFit(strict: Bool) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/w.safetensors"
      try SafeTensorsFile(tensors: [
        "fc.weight": weight, "fc.bias": bias,
        "bn1.num_batches_tracked": Tensor(shape: [], elements: [7]),
      ]).write(to: path)
      let trainer = try makeTrainer(linearNetwork, data)
      let before = trainer.warnings
      try trainer.loadWeights(path, strict: strict)
      #expect(trainer.warnings == before)
      #expect(values(trainer, "fc.weight") == weight.elements)
      #expect(values(trainer, "fc.bias") == bias.elements)
    }
  }

  /// PyTorch's counters are no weights, other integers are something that the user should know of.
  @Test("integers are missed where weights are expected, and ignored where batches are counted")
  func integers() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/w.safetensors"
      func write(_ fields: String, bytes count: Int) throws {
        let header = "{\(fields)}"
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init)
        try TestSupport.write(
          length + Array(header.utf8) + Array(repeating: 0, count: count), to: path)
      }
      let bias = #""fc.bias":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}"#
      let trainer = try makeTrainer(linearNetwork, data)
      try write(
        bias + #","fc.weight":{"dtype":"F16","shape":[4,64],"data_offsets":[16,528]},"#
          + #""bn.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[528,536]}"#,
        bytes: 536)
      try trainer.loadWeights(path)
      #expect(values(trainer, "fc.weight") == Array(repeating: 0, count: 256))

      try write(
        bias + #","fc.weight":{"dtype":"I8","shape":[4,64],"data_offsets":[16,272]},"#
          + #""position":{"dtype":"I64","shape":[1],"data_offsets":[272,280]}"#, bytes: 280)
      #expect(
        throws: TrainingError.weightsDoNotFit(
          path: path, network: "linear",
          problem: "missing: fc.weight (is of type I8); extra: position", remedy: remedy)
      ) { try trainer.loadWeights(path) }
    }
  }

  @Test(
    "a prefix that a program has put before all names is left out, with a note",
    arguments: [
      "module.", "model.", "net.", "_orig_mod.", "model.module.", "_orig_mod.module.", "état.",
    ])
  func prefixes(prefix: String) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/w.safetensors"
      let tensors = ["fc.weight": weight, "fc.bias": bias]
      func prefixed(_ tensors: [String: Tensor]) -> [String: Tensor] {
        Dictionary(uniqueKeysWithValues: tensors.map { (prefix + $0.key, $0.value) })
      }
      try SafeTensorsFile(
        tensors: prefixed(tensors).merging(["\(prefix)bn.num_batches_tracked": bias]) { $1 }
      ).write(to: path)
      let note =
        "the names of tensors in \(path) begin with \(prefix.tensorName), which is left out"
      for isStrict in [true, false] {
        let trainer = try makeTrainer(linearNetwork, data)
        let before = trainer.warnings
        try trainer.loadWeights(path, strict: isStrict)
        #expect(trainer.warnings.dropFirst(before.count) == [note])
        #expect(values(trainer, "fc.weight") == weight.elements)
        #expect(values(trainer, "fc.bias") == bias.elements)
      }
      let predictor = try Predictor(
        network: linearNetwork, weights: ModelFile(contentsOf: path), workers: 1)
      #expect(predictor.warnings.first == note)

      // What else does not fit is said under the network's names.
      try SafeTensorsFile(tensors: prefixed(["fc.weight": weight, "other": bias])).write(to: path)
      let error = message { try makeTrainer(linearNetwork, data).loadWeights(path) }
      let problem =
        "without the prefix \(prefix.tensorName) of its names; missing: fc.bias; "
        + "extra: \((prefix + "other").tensorName)"
      #expect(error?.contains(problem) == true, "\(error ?? "")")
    }
  }

  @Test("names are left as they are where that fits as well, or where two prefixes do")
  func noPrefix() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/w.safetensors"
      for tensors in [
        ["fc.weight": weight, "fc.bias": bias, "ema.fc.weight": weight, "ema.fc.bias": bias],
        ["a.fc.weight": weight, "a.fc.bias": bias, "b.fc.weight": weight, "b.fc.bias": bias],
      ] {
        try SafeTensorsFile(tensors: tensors).write(to: path)
        let error = message { try makeTrainer(linearNetwork, data).loadWeights(path) }
        #expect(error?.contains("extra: ") == true)
        #expect(error?.contains("prefix") == false)
      }
    }
  }

  /// A body that is followed by an output, with a head on the way whose loss counts in training
  /// only.
  private let headedNetwork = Network("headed", input: [1, 8, 8]) {
    Dense(6).named("body")
    Auxiliary("aux1", weight: 0.3) {
      Dense(5).named("fc1")
      Dense(4).named("fc2")
    }
    Dense(4).named("fc")
  }

  @Test("auxiliary heads may be missing, or of other classes, the rest may not")
  func auxiliaryHeads() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/w.safetensors"
      let source = try makeTrainer(headedNetwork, data) { $0.seed = 3 }
      let all = Dictionary(
        uniqueKeysWithValues: source.parameters.map { ($0.name, $0.tensor) })
      let fresh = try makeTrainer(headedNetwork, data)
      let images = Tensor(shape: [2, 1, 8, 8], elements: (0..<128).map { Float($0 % 7) })
      func logits(_ predictor: Predictor) throws -> Tensor { try predictor.logits(images) }

      try SafeTensorsFile(tensors: all).write(to: path)
      let whole = try Predictor(
        network: headedNetwork, weights: ModelFile(contentsOf: path), workers: 1)
      #expect(!whole.warnings.contains { $0.contains("auxiliary") })
      let expected = try logits(whole)

      var without = all.filter { !$0.key.hasPrefix("aux1.") }
      #expect(without.count == 4)
      var others = all
      others["aux1.fc2.weight"] = Tensor(repeating: 1, shape: [1000, 5])
      others["aux1.fc2.bias"] = Tensor(repeating: 1, shape: [1000])
      let cases: [([String: Tensor], [String], String)] = [
        (
          without, ["aux1.fc1.weight", "aux1.fc1.bias", "aux1.fc2.weight", "aux1.fc2.bias"],
          "aux1.fc1.weight, aux1.fc1.bias, aux1.fc2.weight, aux1.fc2.bias"
        ),
        (
          others, ["aux1.fc2.weight", "aux1.fc2.bias"],
          "aux1.fc2.weight [1000, 5] instead of [4, 5], aux1.fc2.bias [1000] instead of [4]"
        ),
      ]
      for (tensors, left, list) in cases {
        try SafeTensorsFile(tensors: tensors).write(to: path)
        let start =
          "\(path) has nothing that fits these parameters of auxiliary heads of headed, which "
        let predictor = try Predictor(
          network: headedNetwork, weights: ModelFile(contentsOf: path), workers: 1)
        #expect(predictor.warnings.first == start + "only training uses: " + list)
        #expect(try logits(predictor) == expected)

        let trainer = try makeTrainer(headedNetwork, data)
        let before = trainer.warnings.count
        try trainer.loadWeights(path)
        #expect(
          trainer.warnings.dropFirst(before) == [start + "keep their first values: " + list])
        for (name, tensor) in fresh.parameters {
          let expected = left.contains(name) ? tensor : all[name]
          #expect(values(trainer, name) == expected?.elements, "\(name)")
        }
        _ = try trainer.run()
      }

      without["fc.bias"] = nil
      try SafeTensorsFile(tensors: without).write(to: path)
      #expect(
        message {
          _ = try Predictor(
            network: headedNetwork, weights: ModelFile(contentsOf: path), workers: 1)
        }?.contains("missing: fc.bias;") == true)
    }
  }

  @Test("a file of another network is named as such, also if its parameters have the same shapes")
  func weightsOfAnotherNetwork() throws {
    func network(_ name: String, _ layer: any Layer) -> Network {
      Network(name, input: [1, 8, 8]) {
        Dense(6)
        layer
        Dense(4)
      }
    }
    try withTemporaryFolder { folder in
      let trained = try makeTrainer(network("tanh", Tanh()), data) {
        $0.outputFolder = folder + "/run"
      }
      _ = try trained.run()

      let other = try makeTrainer(network("relu", ReLU()), data) { $0.seed = 1 }
      let before = bits(other)
      let error = message { try other.loadWeights(folder + "/run") }
      #expect(
        error?.contains(
          "they were made with tanh, which has parameters of the same names and shapes but "
            + "computes otherwise; use the network") == true, "\(error ?? "")")
      #expect(bits(other) == before)
      try other.loadWeights(folder + "/run", strict: false)
      #expect(bits(other) == bits(trained))
      #expect(other.warnings.last?.contains("were made with tanh, not with relu") == true)

      let same = try makeTrainer(network("renamed", Tanh()), data) { $0.seed = 1 }
      try same.loadWeights(folder + "/run")
      #expect(bits(same) == bits(trained))

      let deep = try makeTrainer(deepNetwork, data)
      let deepError = message { try deep.loadWeights(folder + "/run") }
      #expect(
        deepError?.contains("deep: they were made with tanh; missing: layer1.weight") == true,
        "\(deepError ?? "")")

      let weights = try ModelFile(contentsOf: folder + "/run")
      #expect(throws: TrainingError.self) {
        try Predictor(network: network("relu", ReLU()), weights: weights, workers: 1)
      }
    }
  }
}
