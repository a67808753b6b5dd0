import COneDNN
import TandemExecution
import TandemNetwork
import TandemTensor
import TandemZoo
import Testing

/// Comparisons of oneDNN's operations with plain loops: that they find the operations of this
/// machine right, and any wrong one wrong.
@Suite struct OperationCheckTests {
  /// Every kind of layer that oneDNN computes.
  private static let network = Network("every operation", input: [3, 12, 12]) {
    Conv2D(20, kernel: 3, padding: 1)
    BatchNorm2D()
    ReLU()
    Conv2D(40, kernel: 3, padding: 1)
    ReLU()
    MaxPool2D(3, stride: 1, padding: 1)
    Conv2D(40, kernel: 3, padding: 1, groups: 2)
    Tanh()
    AveragePool2D(2)
    Sigmoid()
    Dense(400)
    ReLU()
    Dense(10)
    Softmax()
  }

  private static func kinds(_ precision: Precision) throws -> [OperationKind] {
    let graph = try network.graph()
    let kinds = try [Plan.Mode.training, .inference].reduce(into: Set<OperationKind>()) {
      $0.formUnion(try Plan(graph, images: 6, mode: $1, precision: precision).operationKinds)
    }
    return kinds.sorted { $0.description < $1.description }
  }

  @Test(arguments: ["lenet", "alexnet", "googlenet", "resnet-18", "simple-convnet"])
  func operationsOfThisMachineAreRight(name: String) throws {
    let plan = try Plan(Zoo.network(named: name).graph(), images: 3, mode: .training)
    let result = try OperationChecks.check([plan])
    #expect(result.kinds == plan.operationKinds.count)
    #expect(result.faults.isEmpty)
    #expect(result.unchecked.isEmpty)
  }

  /// Ways in which an operation can be wrong.
  enum Fault: CaseIterable {
    case nothingWritten, zeros, wrongSign, oneValue, writtenOutside

    func spoil(_ output: CheckedTensor) {
      let bytes = output.descriptor.elementType == .float32 ? 4 : 2
      let count = output.storedElements
      /// Elements by the upper half of their bits, which is all that bfloat16 has.
      func change(_ index: Int, _ body: (UInt16) -> UInt16) {
        let place = output.memory + (index * bytes + bytes - 2)
        place.storeBytes(of: body(place.load(as: UInt16.self)), as: UInt16.self)
      }
      switch self {
      case .nothingWritten: break
      case .zeros:
        output.memory.initializeMemory(as: UInt8.self, repeating: 0, count: count * bytes)
      case .wrongSign: for index in 0..<count { change(index) { $0 ^ 0x8000 } }
      case .oneValue: change(0) { $0 ^ 0x4000 }
      case .writtenOutside: change(count + 1) { _ in 0x3f80 }
      }
    }
  }

  @Test(arguments: Fault.allCases, Precision.allCases)
  func wrongOperationsAreFound(fault: Fault, precision: Precision) throws {
    // Without AVX-512 oneDNN has no bfloat16.
    guard precision == .float32 || OneDNN.computesBFloat16 else { return }
    let kinds = try Self.kinds(precision)
    #expect(kinds.count > 15, "\(kinds)")
    for kind in kinds {
      #expect(try OperationChecks.verdict(of: kind) == .right, "\(kind)")
      let verdict = try OperationChecks.verdict(of: kind) { primitive, arguments in
        if fault != .nothingWritten { try primitive.run(arguments) }
        let output = try #require(arguments.last).tensor
        fault.spoil(output)
      }
      guard case .wrong(let finding) = verdict else {
        Issue.record("\(fault) of \(kind) is not found")
        continue
      }
      #expect(finding.contains("wrong"))
    }
  }

  @Test func operationsThatFailAreWrong() throws {
    let kind = try #require(try Self.kinds(.float32).first)
    let verdict = try OperationChecks.verdict(of: kind) { _, _ in
      throw ExecutionError.library(activity: "running", status: "invalid arguments")
    }
    #expect(verdict == .wrong("it fails: invalid arguments"))
    #expect(throws: ExecutionError.outOfMemory(activity: "running")) {
      try OperationChecks.verdict(of: kind) { _, _ in
        throw ExecutionError.outOfMemory(activity: "running")
      }
    }
  }

  /// The fault of oneDNN 3.7: a copy between windows of equal strides. Only these versions have it.
  @Test func faultyCopiesOfWindowsAreFound() throws {
    let whole = try MemoryDescriptor.plain([4, 22, 10, 10])
    let source = try #require(whole.window([4, 8, 10, 10], at: [0, 14, 0, 0]))
    let destination = try #require(whole.window([4, 8, 10, 10], at: [0, 3, 0, 0]))
    let kind = try OperationKind.reorder(from: source, to: destination)
    let verdict = try OperationChecks.verdict(of: kind)
    if ["3.7.1", "3.7.2", "3.7.3"].contains(OneDNN.version) {
      #expect(verdict != .right, "\(kind)")
    } else {
      #expect(verdict == .right, "\(kind)")
    }
    #expect(kind.description.hasSuffix("f32 abcd window → f32 abcd window"), "\(kind)")
  }

  @Test func productsOfMatricesAreCompared() throws {
    #expect(try ProductCheck.fault() == nil)
    #expect(try ProductCheck.fault { _, _, _, _ in } != nil)
    #expect(
      try ProductCheck.fault { product, a, b, adds in
        try ProductCheck.run(product, a, b, adds)
        product[7] = -product[7] - 1
      } != nil)
    #expect(
      try ProductCheck.fault { product, a, b, _ in
        try ProductCheck.run(product, a, b, false)
      } != nil)
  }
}
