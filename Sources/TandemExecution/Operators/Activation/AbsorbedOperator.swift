/// A layer that the convolution before it computes as well: hands on what it is given.
final class AbsorbedOperator: Operator {
  let backwardReadsOutput = false

  func forward(_ inputs: [Operand], _ builder: inout PlanBuilder) throws -> Operand { inputs[0] }

  func backwardInput(_ outputGradient: Operand, _ builder: inout PlanBuilder) throws -> [Operand] {
    [outputGradient]
  }
}
