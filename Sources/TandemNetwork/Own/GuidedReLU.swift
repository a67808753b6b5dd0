import TandemTensor

/// A ReLU whose backward lets only positive gradients through: dx = dy where x > 0 and dy > 0, else
/// 0 (Springenberg and others 2014, "Striving for simplicity", https://arxiv.org/abs/1412.6806).
///
/// It takes the place of ReLUs in networks that are looked into; no description has it.
package struct GuidedReLU: OwnLayer {
  package static let kind = "guided-relu"

  package init() {}

  package func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try onlyInput(inputs)
  }

  package func forward(_ call: ForwardCall) {
    let input = call.inputs[0]
    for index in input.indices { call.output[index] = max(input[index], 0) }
  }

  package func backward(_ call: BackwardCall) {
    let (input, gradient) = (call.inputs[0], call.outputGradient)
    for index in input.indices {
      call.inputGradients[0][index] = input[index] > 0 ? max(gradient[index], 0) : 0
    }
  }
}
