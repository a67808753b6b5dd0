import Synchronization

/// Compares the kinds of oneDNN's operations that plans are made of with plain loops, each kind
/// once in a process: there are versions of oneDNN whose operations are wrong without a word, see
/// `docs/onednn-window-copy-report.md`.
///
/// A kind is checked on few numbers, with the formats, the implementation and the window that it
/// has in the plan.
package enum OperationChecks {
  /// A kind of operation that computes wrong numbers.
  package struct Fault: Hashable, Sendable, CustomStringConvertible {
    /// The operation, its implementation and formats:
    /// `reorder jit_direct_copy:uni: f32 abcd window → f32 abcd window`.
    package let kind: String
    /// What was found: `72 of 144 values wrong, 72 written outside`.
    package let finding: String

    package var description: String { "\(kind): \(finding)" }
  }

  /// What checks of some plans came to.
  package struct Result: Sendable {
    /// The number of kinds that were compared.
    package let kinds: Int
    /// Those that are wrong.
    package let faults: [Fault]
    /// Kinds that oneDNN has for more numbers only than a check can be made with.
    package let unchecked: [String]
  }

  package enum Verdict: Hashable {
    case right
    case wrong(String)
    case unchecked
  }

  /// How the product of matrices is called among the kinds.
  private static let productKind = "product of matrices"
  private static let productFault = Mutex<String??>(nil)

  private static let verdicts = Mutex<[OperationKind: Verdict]>([:])

  /// Checks all kinds of operations in some plans.
  /// - Throws: `ExecutionError.outOfMemory`.
  package static func check(_ plans: [Plan]) throws -> Result {
    try check(
      plans.reduce(into: Set()) { $0.formUnion($1.operationKinds) },
      products: plans.contains(where: \.multipliesMatrices))
  }

  /// - Throws: `ExecutionError.wrongOperations` if an operation of the plan is wrong, and as above.
  static func require(_ plan: Plan) throws {
    let faults = try check(plan.operationKinds, products: plan.multipliesMatrices).faults
    if !faults.isEmpty { throw ExecutionError.wrongOperations(faults.map(\.description)) }
  }

  private static func check(_ kinds: Set<OperationKind>, products: Bool) throws -> Result {
    let known = verdicts.withLock { $0 }
    var faults: [Fault] = []
    var unchecked: [String] = []
    for kind in kinds.sorted(by: { $0.description < $1.description }) {
      let verdict = try known[kind] ?? verdict(of: kind)
      verdicts.withLock { $0[kind] = verdict }
      switch verdict {
      case .right: break
      case .wrong(let finding): faults.append(Fault(kind: kind.description, finding: finding))
      case .unchecked: unchecked.append(kind.description)
      }
    }
    if products, let finding = try knownProductFault() {
      faults.append(Fault(kind: productKind, finding: finding))
    }
    let count = kinds.count - unchecked.count + (products ? 1 : 0)
    return Result(kinds: count, faults: faults, unchecked: unchecked)
  }

  private static func knownProductFault() throws -> String? {
    if let known = productFault.withLock({ $0 }) { return known }
    let fault = try ProductCheck.fault()
    productFault.withLock { $0 = .some(fault) }
    return fault
  }

  /// - Parameter execution: runs the operation; something else in tests.
  package static func verdict(
    of kind: OperationKind, execution: OperationCheck.Execution? = nil
  ) throws -> Verdict {
    guard let (operation, forward) = try smallest(kind) else { return .unchecked }
    let check =
      execution.map { OperationCheck(operation, forward: forward, execution: $0) }
      ?? OperationCheck(operation, forward: forward)
    do {
      return try check.fault().map(Verdict.wrong) ?? .right
    } catch ExecutionError.library(_, let status) {
      return .wrong("it fails: \(status)")
    }
  }

  /// The operation on as few numbers as oneDNN takes the same implementation and formats for.
  private static func smallest(
    _ kind: OperationKind
  ) throws -> (operation: Operation, forward: Operation?)? {
    for reduction in OperationRequest.Reduction.all {
      guard let pair = try? operations(kind, reduction), try OperationKind(pair.operation) == kind
      else { continue }
      return pair
    }
    return nil
  }

  /// nil where there is no such format, or where there are too many numbers for a check.
  /// - Throws: `ExecutionError` where oneDNN does not have the operation for so few.
  private static func operations(
    _ kind: OperationKind, _ reduction: OperationRequest.Reduction
  ) throws -> (operation: Operation, forward: Operation?)? {
    guard let request = try kind.request.reduced(reduction), request.elementCount <= mostElements
    else { return nil }
    guard let whole = kind.forwardRequest else { return (try Operation("a check", request), nil) }
    guard let forwardRequest = try whole.reduced(reduction) else { return nil }
    let forward = try Operation("a check", forwardRequest)
    return (try Operation("a check", request, forward: forward), forward)
  }

  /// Elements of all arguments together: 64 MB.
  private static let mostElements = 16 << 20
}

extension OperationRequest {
  fileprivate var elementCount: Int {
    [source, destination, weights].compactMap(\.self).reduce(0) {
      $0 + $1.shape.reduce(1, *)
    }
  }
}
