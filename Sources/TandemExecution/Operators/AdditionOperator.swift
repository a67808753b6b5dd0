import CKernels
import TandemNetwork
import TandemTensor

extension Addition: ExecutableLayer {
  func makeOperator(_ site: OperatorSite) throws -> any Operator {
    AdditionOperator(site)
  }

  func computesAlong(_ activation: Activation) -> Bool { activation == .relu }

  func computesNormalizationsAlong(inputCount: Int) -> Bool { inputCount == 2 }
}

/// The sum of branches of equal shape, in place of one that nobody needs any more; a ReLU that
/// follows is computed along with it, and so are batch normalizations before it. Backward hands all
/// of them the same gradient.
final class AdditionOperator: Operator {
  private let site: OperatorSite
  private(set) var inputs: [Operand] = []
  /// The terms that are computed along, by input.
  private var norms: [FusedNorm?] = []

  let backwardReadsOutput = false

  var hasActivation: Bool { site.fusedActivation != nil }
  var sources: [NetworkGraph.Source] { site.node.inputs }

  init(_ site: OperatorSite) {
    self.site = site
  }

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand {
    self.inputs = inputs
    norms = sources.map { builder.leftToReader($0) }
    return try emit(
      inputs, overwriting: site.overwritableInput, label: "\(site.name) forward", in: .forward,
      &builder)
  }

  /// Whether a term is a normalization that is computed along with the sum.
  func computesAlong(_ input: Int) -> Bool { norms[input] != nil }

  /// Emits the same output once more, in backward.
  func emitAgain(
    _ inputs: [Operand], overwriting overwritable: Int?, _ builder: inout PlanBuilder
  ) throws -> Operand {
    try emit(
      inputs, overwriting: overwritable, label: "\(site.name) again", in: .backward, &builder)
  }

  private func emit(
    _ inputs: [Operand], overwriting overwritable: Int?, label: String,
    in section: PlanBuilder.Section, _ builder: inout PlanBuilder
  ) throws -> Operand {
    guard let index = norms.firstIndex(where: { $0 != nil }), let norm = norms[index] else {
      return try builder.sum(
        inputs, overwriting: overwritable, rectifies: hasActivation, name: label, in: section)
    }
    // Normalizations are left to sums of two only.
    let other = 1 - index
    return try norm.emit(
      plus: norms[other].map { .norm($0) } ?? .tensor(inputs[other]),
      overwriting: overwritable == other, rectifies: hasActivation, label: label,
      output: "\(label) sum", in: section, &builder)
  }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    builder.markShared(outputGradient)
    return site.node.inputs.map { _ in outputGradient }
  }
}

extension PlanBuilder {
  /// Emits the sum of the gradients of one tensor, in place of one of them if possible.
  /// - Parameter output: of a ReLU whose derivative is applied, too; the sum gets its format.
  mutating func sumOfGradients(
    _ terms: [Operand], whereReLUIsPositive output: Operand? = nil, name: String
  ) throws -> Operand {
    var terms = terms
    if let output {
      terms = try terms.map {
        try reordered($0, to: output.descriptor, label: "\(name) term", in: .backward)
      }
    }
    return try sum(
      terms, overwriting: terms.firstIndex(where: mayOverwrite), whereReLUIsPositive: output,
      name: name, in: .backward)
  }

  /// Emits the sum of tensors of equal shape, in the format of the first.
  /// - Parameters:
  ///   - overwritable: the index of a tensor in whose place the sum may go.
  ///   - rectifies: whether a ReLU of the sum is wanted.
  ///   - output: of a ReLU whose derivative the sum is multiplied by, in the same format.
  mutating func sum(
    _ operands: [Operand], overwriting overwritable: Int?, rectifies: Bool = false,
    whereReLUIsPositive output: Operand? = nil, name: String, in section: Section
  ) throws -> Operand {
    let format = operands[0].descriptor
    let terms = try operands.map {
      try reordered($0, to: format, label: "\(name) term", in: section)
    }
    let result = overwritable.map { terms[$0] } ?? operand("\(name) sum", format)
    let count = format.storedElements
    let isBFloat16 = format.elementType == .bfloat16
    emit(
      label: name, in: section, reads: terms.map(\.buffer) + (output.map { [$0.buffer] } ?? []),
      writes: [result.buffer]
    ) { context in
      withUnsafeTemporaryAllocation(
        of: UnsafeRawPointer?.self, capacity: terms.count
      ) { addresses in
        for (index, term) in terms.enumerated() {
          addresses.initializeElement(at: index, to: UnsafeRawPointer(context.elements(term)))
        }
        tandem_sum_terms(
          context.elements(result), addresses.baseAddress, terms.count, count, isBFloat16,
          tandem_after_sum(
            rectifies: rectifies, output: output.map { UnsafeRawPointer(context.elements($0)) }))
      }
    }
    return result
  }
}
