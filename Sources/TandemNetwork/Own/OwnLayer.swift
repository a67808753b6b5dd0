import TandemTensor

/// A layer that a program brings along: a value with its own forward and backward over plain
/// floats, `[N, C, H, W]` for maps and `[N, F]` for features.
///
/// It stands in any network like the built-in layers. Every worker calls it for its own images, at
/// the same time as the others do, so it must not change anything but what a call hands it; and an
/// image's results must not depend on the other images of a call. Then the weights are the same,
/// bit for bit, for any number of workers.
///
/// ```swift
/// struct Scale: OwnLayer {
///   static let kind = "scale"
///
///   func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape { try onlyInput(inputs) }
///
///   func parameters(for inputs: [Shape]) -> [Parameter] {
///     [Parameter("weight", shape: [1], initializer: .constant(1), fanIn: 1, fanOut: 1)]
///   }
///
///   func forward(_ call: ForwardCall) {
///     let weight = call.parameter("weight")[0]
///     for i in call.output.indices { call.output[i] = weight * call.inputs[0][i] }
///   }
///
///   func backward(_ call: BackwardCall) {
///     let weight = call.parameter("weight")[0]
///     var sum: Float = 0
///     for i in call.outputGradient.indices {
///       call.inputGradients[0][i] = weight * call.outputGradient[i]
///       sum += call.inputs[0][i] * call.outputGradient[i]
///     }
///     call.parameterGradient("weight")[0] = sum
///   }
/// }
/// ```
///
/// A program that reads a network from a file before it has made one with the layer announces it
/// first: `LayerKinds.add(Scale.self)`. On a mesh each device computes the layer whole, for its own
/// images; one that works channel by channel can say so by `slicingProblem(parts:inputs:)`, and
/// then has slices.
public protocol OwnLayer: Layer {
  /// Writes every value of `call.output`, from the inputs and parameters. At inference, too.
  /// - Throws: any error; the run ends with one line that names the layer.
  func forward(_ call: ForwardCall) throws

  /// Writes every value of the gradients of the inputs and of the parameters, those of the
  /// parameters summed over the images of the call. The memory may hold anything before.
  /// - Throws: any error; the run ends with one line that names the layer, and nothing is updated.
  func backward(_ call: BackwardCall) throws
}

extension OwnLayer {
  public var element: NetworkElement {
    LayerKinds.add(Self.self)
    return NetworkElement(.layer(AnyLayer(self)))
  }

  public var backwardReadsInput: Bool { true }

  public func slicingProblem(parts: Int, inputs: [Shape]) -> String? {
    "is a layer of the program's own, which computes all of its channels at once"
  }

  /// The layer as Swift source: `Scale(factor: 2.0)`.
  public var description: String {
    let values = Mirror(reflecting: self).children.map { "\($0.label ?? "_"): \($0.value)" }
    return "\(Self.self)(\(values.joined(separator: ", ")))"
  }

  /// The only input of a layer that joins nothing.
  /// - Throws: `LayerError` where there are others.
  public func onlyInput(_ inputs: [Shape]) throws(LayerError) -> Shape {
    try TandemNetwork.onlyInput(inputs)
  }

  /// What the graph checks before it calls the layer one of its own.
  func checkOwnLayer(parameters: [Parameter]) throws(LayerError) {
    guard LayerKinds.named(Self.kind) == Self.self else {
      throw LayerError("has the kind \"\(Self.kind)\" of another layer; give it one of its own")
    }
    for parameter in parameters where parameter.role != .trained {
      throw LayerError(
        "has the running statistic \(parameter.name); layers of one's own have trained parameters only"
      )
    }
    guard Set(parameters.map(\.name)).count == parameters.count else {
      throw LayerError("has two parameters of one name; give each its own")
    }
  }
}
