import TandemTensor

/// Joins the channels of several branches: `[C₁, H, W]`, `[C₂, H, W]` … → `[C₁ + C₂ + …, H, W]`, or
/// features `[F₁]`, `[F₂]` … → `[F₁ + F₂ + …]`. Networks get it by `Concat`.
package struct Concatenation: Layer {
  package static let kind = "concatenation"

  package init() {}

  package func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    guard inputs.count >= 2 else {
      throw LayerError("joins two or more branches, but has \(inputs.count); use Concat { … }")
    }
    for input in inputs.dropFirst()
    where input.rank != inputs[0].rank
      || input.dimensions.dropFirst() != inputs[0].dimensions.dropFirst()
    {
      throw LayerError(
        "cannot join \(inputs[0]) and \(input): branches may differ in the first number only")
    }
    let channels = inputs.reduce(0) { $0 + $1[0] }
    return Shape([channels] + inputs[0].dimensions.dropFirst())
  }

  /// A device's parts of all branches: not one slice, but nothing has to move.
  package func outputChannels(keeping held: [ChannelSet], inputs: [Shape]) -> ChannelSet? {
    var offset = 0
    return zip(held, inputs).reduce(.none) { joined, branch in
      defer { offset += branch.1[0] }
      return joined.union(branch.0.shifted(by: offset))
    }
  }

  package func inputChannels(for outputs: ChannelSet, inputs: [Shape]) -> [ChannelSet] {
    var offset = 0
    return inputs.map { input in
      defer { offset += input[0] }
      return outputs.intersection(ChannelSet(offset..<offset + input[0])).shifted(by: -offset)
    }
  }

  package var description: String { "Concatenation()" }
}
