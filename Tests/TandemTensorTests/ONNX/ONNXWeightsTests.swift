import Foundation
import TandemTensor
import TestSupport
import Testing

/// Weights of ONNX models.
@Suite struct ONNXWeightsTests {
  private typealias Bytes = ONNXBytes

  private func read(
    _ bytes: [UInt8], beside: [String: [UInt8]] = [:]
  ) throws -> ONNXWeights {
    try withTemporaryFolder { folder in
      for (name, bytes) in beside {
        try Data(bytes).write(to: URL(filePath: "\(folder)/\(name)"))
      }
      let path = folder + "/model.onnx"
      try Data(bytes).write(to: URL(filePath: path))
      do {
        return try ONNXWeights.read(path)
      } catch let error as ONNXError {
        #expect(error.path == path && "\(error)".hasPrefix(path + ": "))
        #expect(!"\(error)".contains("\n"))
        throw error.fact
      }
    }
  }

  private static let matrix: [Float] = [1, 2, 3, 4, 5, 6]

  /// A dense layer `[2, 3]`, or with another tensor in place of its weights.
  private func dense(_ tensor: [UInt8], _ attributes: [[UInt8]] = [transposed]) -> [UInt8] {
    Bytes.model(nodes: [Bytes.node("Gemm", ["x", "fc.weight"], attributes)], tensors: [tensor])
  }

  private static let transposed = Bytes.field(1, "transB") + Bytes.field(3, 1)

  private func weights(_ bytes: [UInt8], beside: [String: [UInt8]] = [:]) throws -> Tensor {
    try #require(try read(bytes, beside: beside).tensors["fc.weight"])
  }

  @Test func typesBecomeFloats() throws {
    let expected = Tensor(shape: [2, 3], elements: Self.matrix)
    let raw: [(Int, [UInt8])] = [
      (1, Bytes.bytes(Self.matrix)), (11, Bytes.bytes(Self.matrix.map(Double.init))),
      (10, Bytes.bytes(Self.matrix.map { Float16($0).bitPattern })),
      (16, Bytes.bytes(Self.matrix.map { UInt16($0.bitPattern >> 16) })),
    ]
    for (type, bytes) in raw {
      let tensor = Bytes.tensor("fc.weight", [2, 3], type: type, raw: bytes)
      #expect(try weights(dense(tensor)) == expected, "type \(type)")
    }
    // In float_data, packed and one by one, with dimensions one by one.
    var head: [UInt8] = Bytes.field(1, 2)
    head += Bytes.field(1, 3)
    head += Bytes.field(2, 1)
    head += Bytes.field(8, "fc.weight")
    #expect(try weights(dense(head + Bytes.field(4, Bytes.bytes(Self.matrix)))) == expected)
    let single = Self.matrix.flatMap { Bytes.field(4, $0) }
    #expect(try weights(dense(head + single)) == expected)
  }

  @Test func matricesOfInputsAreTurned() throws {
    let tensor = Bytes.tensor("fc.weight", [2, 3], raw: Bytes.bytes(Self.matrix))
    let turned = Tensor(shape: [3, 2], elements: [1, 4, 2, 5, 3, 6])
    #expect(try weights(dense(tensor, [])) == turned)
    let product = Bytes.model(
      nodes: [Bytes.node("MatMul", ["x", "fc.weight"])], tensors: [tensor])
    #expect(try weights(product) == turned)
  }

  @Test func whatIsNoWeightIsLeftOut() throws {
    func vector(_ name: String, _ shape: [Int] = [2]) -> [UInt8] {
      Bytes.tensor(name, shape, raw: Bytes.bytes([Float(1), 2]))
    }
    let model = Bytes.model(
      nodes: [
        Bytes.node("Conv", ["x", "c.weight", "c.bias"]),
        Bytes.node("BatchNormalization", ["x", "b.weight", "b.bias", "b.mean", "b.var"]),
        Bytes.node("Mul", ["x", "s.weight"]), Bytes.node("Mul", ["x", "onnx::Mul_7"]),
        Bytes.node("MatMul", ["x", "pool/means"]), Bytes.node("Reshape", ["x", "shape"]),
      ],
      tensors: ["c.weight", "c.bias", "b.weight", "b.bias", "b.mean", "b.var"].map { vector($0) }
        + [
          vector("s.weight", [2, 1, 1]), vector("onnx::Mul_7"), vector("pool/means"),
          vector("never.used"), Bytes.tensor("shape", [1], type: 7, raw: Bytes.bytes([Int64(-1)])),
        ],
      metadata: [("classes", "[]")])
    let file = try read(model)
    #expect(
      file.tensors.keys.sorted()
        == ["b.bias", "b.mean", "b.var", "b.weight", "c.bias", "c.weight", "s.weight"])
    #expect(file.tensors["s.weight"]?.shape == [2])
    #expect(file.producer == "pytorch" && file.metadata == ["classes": "[]"])
  }

  /// Models that torch.onnx has written; onnx_files.py tells their values.
  @Test func modelsOfPyTorch() throws {
    let shapes: [String: [Int]] = [
      "conv1.weight": [2, 1, 3, 3], "bn1.weight": [2], "bn1.bias": [2], "bn1.running_mean": [2],
      "bn1.running_var": [2], "fc.weight": [3, 32], "fc.bias": [3],
    ]
    func ramp(_ name: String, _ shape: [Int]) -> Tensor {
      let first: Float = name.hasSuffix("running_var") ? 1 : -1
      let count = shape.reduce(1, *)
      let elements: [Float] = (0..<count).map { index in Float(index) / 4 + first }
      return Tensor(shape: Shape(shape), elements: elements)
    }
    let expected = Dictionary(uniqueKeysWithValues: shapes.map { ($0, ramp($0, $1)) })
    for name in ["kept", "beside"] {
      let file = try ONNXWeights.read(fixture("onnx/\(name).onnx"))
      #expect(file.tensors == expected, "\(name)")
      #expect(file.producer == "pytorch")
      #expect(
        file.order == [
          "conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var",
          "fc.weight", "fc.bias",
        ])
    }
    let folded = try ONNXWeights.read(fixture("onnx/folded.onnx")).tensors
    #expect(folded["fc.weight"] == expected["fc.weight"] && folded["bn1.weight"] == nil)
    let product = try ONNXWeights.read(fixture("onnx/product.onnx")).tensors
    #expect(product["bias"] == ramp("bias", [3]))
    let turned: [Float] = [-1, -0.25, 0.5, 1.25, -0.75, 0, 0.75, 1.5, -0.5, 0.25, 1, 1.75]
    #expect(product["weight"] == Tensor(shape: [3, 4], elements: turned))
  }

  /// A chain has one order of its weights; branches, and what exchanges elements, have none.
  @Test func chainsAreInOrder() throws {
    func vector(_ name: String) -> [UInt8] {
      Bytes.tensor(name, [2], raw: Bytes.bytes([Float(1), 2]))
    }
    func node(_ type: String, _ inputs: [String], to output: String) -> [UInt8] {
      var bytes: [UInt8] = []
      for name in inputs { bytes += Bytes.field(1, name) }
      bytes += Bytes.field(2, output)
      bytes += Bytes.field(4, type)
      return bytes
    }
    func order(_ type: String, _ input: String) throws -> [String]? {
      try read(
        Bytes.model(
          nodes: [
            node("Constant", [], to: "c"), node("Conv", ["x", "w", "b"], to: "1"),
            node(type, [input], to: "2"), node("Reshape", ["2", "c"], to: "3"),
            node("MatMul", ["3", "m"], to: "4"), node("Add", ["4", "a"], to: "5"),
          ], tensors: ["a", "b", "m", "w"].map(vector))
      ).order
    }
    #expect(try order("Relu", "1") == ["w", "b", "m", "a"])
    #expect(try order("Transpose", "1") == nil)
    #expect(try order("Relu", "x") == nil)
  }

  private func external(_ entries: [(String, String)]) -> [UInt8] {
    var tensor: [UInt8] = Bytes.field(1, [2, 3])
    tensor += Bytes.field(2, 1)
    tensor += Bytes.field(8, "fc.weight")
    for (key, text) in entries { tensor += Bytes.pair(13, key, text) }
    tensor += Bytes.field(14, 1)
    return dense(tensor)
  }

  @Test func dataMayBeBeside() throws {
    let data = [UInt8](repeating: 0, count: 8) + Bytes.bytes(Self.matrix)
    let entries = [("location", "m.data"), ("offset", "8"), ("length", "24")]
    let found = try weights(external(entries), beside: ["m.data": data])
    #expect(found.elements == Self.matrix)
    // Without what can be left out.
    let whole = try weights(
      external([("location", "m.data")]), beside: ["m.data": Bytes.bytes(Self.matrix)])
    #expect(whole.elements == Self.matrix)
    #expect(throws: FileError.self) { try read(external(entries)) }
    let error = #expect(throws: ONNXError.Fact.self) {
      try read(external(entries), beside: ["m.data": Array(data.dropLast())])
    }
    guard case .shortData("fc.weight", _, 32, 31) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    for location in ["/etc/hostname", "../m.data", "a/../../m.data", "", ".", "a//b"] {
      #expect(throws: ONNXError.Fact.badLocation(name: "fc.weight", location: location)) {
        try read(external([("location", location)]))
      }
    }
    for wrong in [("offset", "-1"), ("offset", "x"), ("length", "23"), ("offset", "\(Int.max)")] {
      #expect(throws: ONNXError.Fact.self, "\(wrong)") {
        try read(external([("location", "m.data"), wrong]), beside: ["m.data": data])
      }
    }
  }

  @Test func badTensorsAreNamed() throws {
    func problem(_ bytes: [UInt8]) -> String {
      do {
        _ = try read(bytes)
        return "none"
      } catch {
        return "\(error)"
      }
    }
    let raw = Bytes.bytes(Self.matrix)
    #expect(problem(dense(Bytes.tensor("fc.weight", [2, 4], raw: raw))).contains("takes 32 bytes"))
    #expect(
      problem(dense(Bytes.tensor("fc.weight", [2, 3], type: 7, raw: raw))).contains("type 7"))
    for shape in [[-2, -3], [1 << 40, 1 << 40], [Int.max, 2], [1 << 62]] {
      let text = problem(dense(Bytes.tensor("fc.weight", shape, raw: raw)))
      #expect(text.contains("its shape is"), "\(text)")
    }
    let twice = Bytes.tensor("fc.weight", [2, 3], raw: raw)
    #expect(
      problem(
        Bytes.model(
          nodes: [Bytes.node("Gemm", ["x", "fc.weight"])], tensors: [twice, twice])
      ).contains("one name"))
    let scaled = [Self.transposed, Bytes.field(1, "alpha") + Bytes.field(2, Float(2))]
    #expect(problem(dense(twice, scaled)).contains("scaled"))
    #expect(problem(Bytes.model(nodes: [], tensors: [twice])).contains("noWeights"))
    #expect(problem([]).contains("noWeights"))
  }

  @Test func modelsAreTold() {
    let model = dense(Bytes.tensor("fc.weight", [2, 3], raw: Bytes.bytes(Self.matrix)))
    #expect(ONNXWeights.isLikely(prefix: Array(model.prefix(16))))
    // A header of 0x1208 bytes.
    let other: [UInt8] = [0x08, 0x08, 0x12, 0, 0, 0, 0, 0] + Array(#"{"a":{}}"#.utf8)
    #expect(!ONNXWeights.isLikely(prefix: other))
    for prefix in [[], [0x08, 0x08], Array("PK\u{3}\u{4}0123456789".utf8)] as [[UInt8]] {
      #expect(!ONNXWeights.isLikely(prefix: prefix))
    }
  }

  /// Damage is an error or another number, and never worse.
  @Test func damage() throws {
    let tensor = Bytes.tensor("fc.weight", [2, 3], raw: Bytes.bytes(Self.matrix))
    try withTemporaryFolder { folder in
      let path = folder + "/m.onnx"
      for copy in damagedCopies(of: dense(tensor), mutations: 2000) {
        try Data(copy).write(to: URL(filePath: path))
        do {
          let file = try ONNXWeights.read(path)
          for tensor in file.tensors.values {
            #expect(tensor.elements.count == tensor.shape.elementCount)
          }
        } catch {
          #expect(error is ONNXError || error is FileError || error is MemoryError, "\(error)")
        }
      }
    }
  }
}
